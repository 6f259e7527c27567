import { jest, spyOn } from "bun:test"

const LONGEST_MS = 600_000

/** Moves the controlled clock on until the work is done. Nothing here takes ten minutes. */
export const settled = async <A>(work: Promise<A>): Promise<A> => {
  let done = false
  const end = () => (done = true)
  work.then(end, end)
  for (let ms = 0; !done; ms += 250) {
    if (ms > LONGEST_MS) throw new Error("It goes on and on")
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    jest.advanceTimersByTime(250)
  }
  return await work
}

/** Takes over the clock, also that of `AbortSignal.timeout`; gives what hands it back. */
export const takeClock = () => {
  jest.useFakeTimers()
  const timeout = spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const over = new AbortController()
    setTimeout(() => over.abort(new DOMException("The time is over", "TimeoutError")), ms)
    return over.signal
  })
  return () => {
    timeout.mockRestore()
    jest.useRealTimers()
  }
}
