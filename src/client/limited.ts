/** Ends what `fetch` may wait for without an end: a connection that is dead, although nobody said so. */

const passOn = (from: AbortSignal | undefined, to: AbortController): (() => void) => {
  const abort = () => to.abort(from?.reason)
  if (from?.aborted) abort()
  from?.addEventListener("abort", abort)
  return () => from?.removeEventListener("abort", abort)
}

/** The same answer; `done` is called at the end of its body, however it comes. */
const heardOut = (response: Response, body: ReadableStream<Uint8Array>, done: () => void): Response => {
  const reader = body.getReader()
  const rest = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const part = await reader.read().catch((error: unknown) => {
        done()
        throw error
      })
      if (!part.done) return controller.enqueue(part.value)
      done()
      controller.close()
    },
    cancel: (reason) => {
      done()
      return reader.cancel(reason)
    }
  })
  // A new one does not know where it came from.
  return Object.defineProperty(new Response(rest, response), "url", { value: response.url })
}

export interface Limit {
  /** Aborted with the caller's, or when the time is over. */
  readonly signal: AbortSignal
  /** The work, or the abort: also of work that does not look at its signal. */
  readonly race: <A>(work: A | Promise<A>) => Promise<A>
  /** The answer, of which the rest may take its time: it only ends with the caller's signal, which is left with it. */
  readonly untilEnd: (response: Response) => Response
  /** It was in time. */
  readonly end: () => void
}

/** `AbortSignal.any` would do it, but is younger than the browsers and Node that this is for. */
export const limited = (ms: number, given: AbortSignal | undefined): Limit => {
  const both = new AbortController()
  const { signal } = both
  const aborted = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
  // Where nobody waits for it, it is no news.
  aborted.catch(() => undefined)
  const leaveGiven = passOn(given, both)
  let isMoreToCome = false
  const leaveTime = passOn(AbortSignal.timeout(ms), both)
  return {
    signal,
    race: (work) => Promise.race([work, aborted]),
    untilEnd: (response) => {
      if (given === undefined || response.body === null) return response
      isMoreToCome = true
      return heardOut(response, response.body, leaveGiven)
    },
    end: () => {
      leaveTime()
      if (!isMoreToCome) leaveGiven()
    }
  }
}
