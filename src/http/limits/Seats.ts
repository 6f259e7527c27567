/** Counts what is open, in all and for each key: event streams, held requests. */
export interface Seats {
  /** Gives the seat back; undefined when all are taken. */
  readonly take: (key: string) => (() => void) | undefined
  /** For those who asked `full` before: also where none is free any more. */
  readonly takeAnyway: (key: string) => () => void
  /** Whose seats are all taken, those of the key or those of all; undefined where one is free. */
  readonly full: (key: string) => "key" | "all" | undefined
}

export const makeSeats = ({ perKey, total }: { readonly perKey: number; readonly total: number }): Seats => {
  const open = new Map<string, number>()
  let taken = 0
  const full: Seats["full"] = (key) => {
    if ((open.get(key) ?? 0) >= perKey) return "key"
    return taken >= total ? "all" : undefined
  }

  const giveBack = (key: string) => {
    taken -= 1
    const left = (open.get(key) ?? 1) - 1
    if (left === 0) open.delete(key)
    else open.set(key, left)
  }

  const takeAnyway: Seats["takeAnyway"] = (key) => {
    taken += 1
    open.set(key, (open.get(key) ?? 0) + 1)
    let isOpen = true
    return () => {
      if (isOpen) giveBack(key)
      isOpen = false
    }
  }

  return { full, takeAnyway, take: (key) => (full(key) === undefined ? takeAnyway(key) : undefined) }
}

/** Takes one of the seats of whoever asks; undefined when there is none. */
export type PlaceToWait = () => (() => void) | undefined
