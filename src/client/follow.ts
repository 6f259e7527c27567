/** Follows a job by its status: requests that the server holds until something changes, else one every few seconds. */
import { CallboardError } from "./CallboardError.ts"
import { givePlace, takePlace } from "./heldPlaces.ts"
import { pause } from "./pause.ts"
import { asJson, type Send } from "./send.ts"
import { hasEnded, type JobStatusView } from "./wire.ts"

export interface FollowOptions {
  readonly signal?: AbortSignal
  /** Gets each status that differs from the one before. */
  readonly onStatus?: (status: JobStatusView) => void
  /** A request failed, and is sent again in a moment. */
  readonly onBreak?: () => void
  /**
   * How long one request may be held, in milliseconds, 0 to 30000. Default: 20000, below what gateways allow; 0 asks
   * every 2, 5 or 10 seconds instead, by the job's age. A page has two requests held at once, and a hidden one
   * begins none; who waits for more jobs asks.
   */
  readonly holdMs?: number
}

const HOLD_MS = 20_000

/** A request that was to be held and took less was not. */
const NOT_HELD_MS = 500

/** How much later than when it is due an answer may come. After that the connection is taken to be dead. */
const LATE_MS = 15_000

/** After a request that failed on the way. */
const RECOVER_MS = 2_000
const LONGEST_RECOVER_MS = 10_000

interface Seen {
  readonly status: JobStatusView
  /** Empty behind a gateway that drops it. A request is held without it, too. */
  readonly tag: string
  /** What differs where there is news. */
  readonly mark: string
}

export const ask = async (
  send: Send,
  id: string,
  { holdMs = 0, seen, signal }: { holdMs?: number; seen?: Seen | undefined; signal?: AbortSignal | undefined } = {}
): Promise<Seen> => {
  const read = async (response: Response): Promise<Seen> => {
    if (response.status === 304 && seen) return seen
    const { data } = await asJson<{ readonly data: JobStatusView }>(response)
    const tag = response.headers.get("etag") ?? ""
    // Of what the server makes the tag of; of the time that is left, the minutes.
    const { etaMs = 0, revision, waitingFor } = data
    return { status: data, tag, mark: tag || JSON.stringify([revision, waitingFor, Math.round(etaMs / 60_000)]) }
  }
  return send("GET", `/jobs/${encodeURIComponent(id)}/status`, read, {
    query: { waitMs: holdMs > 0 ? holdMs : undefined },
    headers: seen?.tag ? { "if-none-match": seen.tag } : {},
    signal,
    repeatable: false,
    limitMs: holdMs + LATE_MS
  })
}

/** Pauses that grow until something works; what cannot pass is thrown again. */
const makePatience = (signal: AbortSignal | undefined, onBreak: (() => void) | undefined) => {
  let failures = 0
  return {
    renew: () => {
      failures = 0
    },
    recover: async (error: unknown): Promise<void> => {
      if (!(error instanceof CallboardError && error.isPassing)) throw error
      onBreak?.()
      await pause(error.retryAfterMs ?? Math.min(RECOVER_MS * 2 ** failures++, LONGEST_RECOVER_MS), signal)
    }
  }
}

/** Tries until it works, or cannot. */
export const persist = async <A>(work: () => Promise<A>, signal?: AbortSignal, onBreak?: () => void): Promise<A> => {
  const patience = makePatience(signal, onBreak)
  for (;;) {
    try {
      return await work()
    } catch (error) {
      await patience.recover(error)
    }
  }
}

/** The status with which the job ended. Goes on through restarts of the server and a lost network. */
export const follow = async (
  send: Send,
  id: string,
  { holdMs = HOLD_MS, onBreak, onStatus, signal }: FollowOptions = {}
): Promise<JobStatusView> => {
  let seen: Seen | undefined
  let hold = holdMs
  const patience = makePatience(signal, onBreak)
  for (;;) {
    const startedAt = Date.now()
    const isHeld = seen !== undefined && hold > 0 && takePlace()
    try {
      let next: Seen
      try {
        next = await ask(send, id, { holdMs: isHeld ? hold : 0, seen, signal })
      } finally {
        // Before any pause: another job may have it meanwhile.
        if (isHeld) givePlace()
      }
      patience.renew()
      const changed = next.mark !== seen?.mark
      if (changed) onStatus?.(next.status)
      if (hasEnded(next.status.status)) return next.status
      // A held request has waited already; one that comes back at once without news was not held.
      const wasHeld = isHeld && (changed || Date.now() - startedAt > NOT_HELD_MS)
      const isFirst = seen === undefined && hold > 0
      seen = next
      if (!wasHeld && !isFirst) await pause(next.status.pollAfterMs ?? RECOVER_MS, signal)
    } catch (error) {
      // A gateway that cuts held requests is asked in the simple way from now on.
      if (error instanceof CallboardError && error.status === 504) hold = 0
      await patience.recover(error)
    }
  }
}
