import { jest } from "bun:test"

/** Moves the controlled clock on until the work is done. */
export const settled = async <A>(work: Promise<A>): Promise<A> => {
  let done = false
  const end = () => (done = true)
  work.then(end, end)
  while (!done) {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    jest.advanceTimersByTime(250)
  }
  return await work
}
