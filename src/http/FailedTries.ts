/**
 * Slows down who tries one key after the other: each wrong one takes from a small store that fills up slowly. Counted by
 * network and not by person, who is not known; with a bounded memory, because anybody can come from many networks.
 */

/** Wrong tries that everybody has, for keys that were copied badly. */
const FREE_TRIES = 5

/** After those, one more each time this has passed. */
const REFILL_MS = 10_000

const MOST_NETWORKS = 10_000

/** As much of it as an audit needs: which network, and not whose computer. */
export const shownNetwork = (network: string): string => network.replace(/^(\d+\.\d+\.\d+)\.\d+$/u, "$1.0/24")

export class FailedTries {
  /** When the store of a network is full again, in the order of their last try. */
  readonly #fullAt = new Map<string, number>()
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(readonly now: () => number = () => performance.now()) {}

  /** Tries of one network follow each other: together, wrong ones would not count each other, and right ones would. */
  inTurn<A>(network: string, attempt: () => Promise<A>): Promise<A> {
    const turn = (this.#turns.get(network) ?? Promise.resolve()).then(attempt, attempt)
    this.#turns.set(network, turn)
    const leave = () => {
      if (this.#turns.get(network) === turn) this.#turns.delete(network)
    }
    turn.then(leave, leave)
    return turn
  }

  /** Takes a try from the store of the network. 0, or without taking one: milliseconds until there is one. */
  take(network: string): number {
    const now = this.now()
    const from = Math.max(now, this.#fullAt.get(network) ?? 0)
    const waitMs = Math.max(0, from - now - (FREE_TRIES - 1) * REFILL_MS)
    if (waitMs === 0) this.#put(network, from + REFILL_MS)
    return waitMs
  }

  /** The try was not a wrong one. */
  giveBack(network: string): void {
    const fullAt = this.#fullAt.get(network)
    if (fullAt !== undefined) this.#put(network, fullAt - REFILL_MS)
  }

  #put(network: string, fullAt: number): void {
    this.#fullAt.delete(network)
    if (fullAt <= this.now()) return
    this.#fullAt.set(network, fullAt)
    const [oldest] = this.#fullAt.keys()
    if (this.#fullAt.size > MOST_NETWORKS && oldest !== undefined) this.#fullAt.delete(oldest)
  }
}
