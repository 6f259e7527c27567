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
  /** When the store of a network is full again, in the order of their last failure. */
  readonly #fullAt = new Map<string, number>()

  constructor(readonly now: () => number = Date.now) {}

  /** Milliseconds until the network may try again; 0 when it may now. */
  waitMs(network: string): number {
    const missing = (this.#fullAt.get(network) ?? 0) - this.now()
    return Math.max(0, missing - (FREE_TRIES - 1) * REFILL_MS)
  }

  failed(network: string): void {
    const from = Math.max(this.now(), this.#fullAt.get(network) ?? 0)
    this.#fullAt.delete(network)
    this.#fullAt.set(network, from + REFILL_MS)
    const [oldest] = this.#fullAt.keys()
    if (this.#fullAt.size > MOST_NETWORKS && oldest !== undefined) this.#fullAt.delete(oldest)
  }
}
