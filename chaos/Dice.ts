/** Chance that can be thrown again: the same seed gives the same numbers (mulberry32). */
export interface Dice {
  /** A whole number from `low` to `high`. */
  readonly between: (low: number, high: number) => number
  readonly oneOf: <A>(list: ReadonlyArray<A>) => A
  readonly chance: (probability: number) => boolean
}

export const makeDice = (seed: number): Dice => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return { between, oneOf: (list) => list[between(0, list.length - 1)]!, chance: (probability) => next() < probability }
}
