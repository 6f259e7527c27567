/** Finds a cycle in a graph of places: `next[i]` are those that `i` needs. Gives the way round, its first place twice. */
export const findCycle = (next: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<number> | undefined => {
  const done = new Set<number>()
  for (const start of next.keys()) {
    // Depth first, without recursion: a chain may be as long as a batch.
    const way: Array<{ readonly place: number; child: number }> = [{ place: start, child: 0 }]
    const onWay = new Set([start])
    while (way.length > 0) {
      const top = way.at(-1)!
      const child = done.has(top.place) ? undefined : next[top.place]?.[top.child++]
      if (child === undefined) {
        done.add(top.place)
        onWay.delete(top.place)
        way.pop()
      } else if (onWay.has(child)) {
        const places = way.map(({ place }) => place)
        return [...places.slice(places.indexOf(child)), child]
      } else {
        way.push({ place: child, child: 0 })
        onWay.add(child)
      }
    }
  }
  return undefined
}
