/** The places of one lane: what was claimed ahead waits in line, and starts as soon as a place is free. */
import { Latch } from "effect"

export interface LaneSize {
  /** Jobs that run at once. */
  readonly places: number
  /** Jobs that are claimed while all places are taken, so that the next one starts without a round trip. */
  readonly prefetch: number
}

/** Starts in one go at most; then others get a turn, because starting runs a script up to its first wait. */
const MOST_AT_ONCE = 64

export class LanePlaces<A> {
  readonly #size: LaneSize
  readonly #begin: (item: A) => void
  readonly #later: (then: () => void) => void
  readonly #freed = Latch.makeUnsafe(false)
  readonly #line = new Set<A>()
  #running = 0
  #inHand = 0
  #isStarting = false

  /** `begin` takes a place, which `leave` gives back; `later` runs something when others had a turn. */
  constructor(size: LaneSize, begin: (item: A) => void, later: (then: () => void) => void) {
    this.#size = size
    this.#begin = begin
    this.#later = later
  }

  /** Counts from the claim to the recorded end. */
  enter(): void {
    this.#inHand++
  }

  /** Puts an item in line; `start` looks for places. */
  add(item: A): void {
    this.#line.add(item)
  }

  /** Takes an item out of the line; false when it is not there, because it has a place already. */
  drop(item: A): boolean {
    return this.#line.delete(item)
  }

  leave(): void {
    this.#running--
    this.start()
  }

  exit(): void {
    this.#inHand--
    this.#freed.openUnsafe()
  }

  /** Jobs that run at once. */
  get places(): number {
    return this.#size.places
  }

  /** How many more may be claimed now. */
  get room(): number {
    return this.#size.places + this.#size.prefetch - this.#inHand
  }

  /** A free place, or half of what is claimed ahead used up: less is not worth a statement. */
  get isWorthClaiming(): boolean {
    const { places, prefetch } = this.#size
    return this.#inHand < places || this.#inHand - places < prefetch / 2
  }

  /** Opens when something has ended since now. */
  get nextExit(): Latch.Latch {
    this.#freed.closeUnsafe()
    return this.#freed
  }

  /** A loop and not a recursion: a script that never waits ends, and leaves its place, while it is being started. */
  start(): void {
    if (this.#isStarting) return
    this.#isStarting = true
    let started = 0
    for (const item of this.#line) {
      if (this.#running >= this.#size.places || started++ === MOST_AT_ONCE) break
      this.#line.delete(item)
      this.#running++
      this.#begin(item)
    }
    this.#isStarting = false
    if (this.#line.size > 0 && this.#running < this.#size.places) this.#later(() => this.start())
  }
}
