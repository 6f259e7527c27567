/** Ends what `fetch` may wait for without an end: a connection that is dead, although nobody said so. */

const passOn = (from: AbortSignal | undefined, to: AbortController): (() => void) => {
  const abort = () => to.abort(from?.reason)
  if (from?.aborted) abort()
  from?.addEventListener("abort", abort)
  return () => from?.removeEventListener("abort", abort)
}

export interface Limit {
  /** Aborted with the caller's, or when the time is over. */
  readonly signal: AbortSignal
  /** The work, or the abort: also of work that does not look at its signal. */
  readonly race: <A>(work: A | Promise<A>) => Promise<A>
  /** It was in time. What is still to come of it, such as the rest of a file, only ends with the caller's signal. */
  readonly end: (isMoreToCome: boolean) => void
}

/** `AbortSignal.any` would do it, but is younger than the browsers and Node that this is for. */
export const limited = (ms: number, given: AbortSignal | undefined): Limit => {
  const both = new AbortController()
  const { signal } = both
  const aborted = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
  // Where nobody waits for it, it is no news.
  aborted.catch(() => undefined)
  const leaveGiven = passOn(given, both)
  const leaveTime = passOn(AbortSignal.timeout(ms), both)
  return {
    signal,
    race: (work) => Promise.race([work, aborted]),
    end: (isMoreToCome) => {
      leaveTime()
      if (!isMoreToCome) leaveGiven()
    }
  }
}
