/** What is counted of browsers. */
import { makeCounter, makeGauge } from "../../domain/meters.ts"

export const permits = makeGauge("callboard_browser_permits", "Browser sessions that this process has room for.", [])

export const permitsInUse = makeGauge("callboard_browser_permits_in_use", "Browser sessions that are open here.", [])

export const sessionsOpened = makeCounter(
  "callboard_browser_sessions_opened_total",
  "Browser sessions opened here.",
  []
)

/** `recycled`: closed in good order, because it was old, large or idle. `killed`: its job
 * was cut off, or it hung. */
export const browsersEnded = makeCounter("callboard_browsers_ended_total", "Browsers that ended here, by how.", ["how"])
