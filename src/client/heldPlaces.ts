/**
 * How many requests a page may have held. Over HTTP/1.1 a browser has six connections to a server for all its windows:
 * with a held request on each, whatever else is asked of that server would wait until one of them ends.
 */

/** Two windows side by side leave room for what people click. */
const PLACES = 2

let taken = 0

/** Other programs open as many connections as they need. */
const isPage = (): boolean => "document" in globalThis || "WorkerGlobalScope" in globalThis

/** Whether there was one: a hidden window leaves them to those that are looked at. Each that was taken is given back. */
export const takePlace = (): boolean => {
  if (isPage() && (taken >= PLACES || globalThis.document?.hidden)) return false
  taken++
  return true
}

export const givePlace = (): void => {
  taken--
}
