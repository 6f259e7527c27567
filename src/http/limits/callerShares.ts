/** How many of the requests that are served at once may be those of one caller, and how many may wait for news. */
import type { Context, MiddlewareHandler } from "hono"
import { createMiddleware } from "hono/factory"
import { type ApiProblem, ServerBusy } from "../api/problems.ts"
import { personOf } from "../callerOf.ts"
import { keyOfCaller } from "./rateLimit.ts"
import { makeSeats, type PlaceToWait } from "./Seats.ts"

/**
 * Parts of all, so that nobody shuts out the others. 2,000 pages that use one key and all wait fit into the half that a
 * caller may let wait, and what waits in all leaves places to what does not.
 */
const OF_CALLER = 0.8
const WAITING = 0.9
const WAITING_OF_CALLER = 0.5

export const busy = () => new ServerBusy({ detail: "Try again in a moment." })

interface CallerShareOptions {
  readonly mostRequests: number
  readonly refuse: (c: Context, problem: ApiProblem) => Response | Promise<Response>
}

/** After it is known who asks. */
export const makeCallerShares = ({ mostRequests, refuse }: CallerShareOptions): MiddlewareHandler => {
  const share = (part: number) => Math.ceil(mostRequests * part)
  const served = makeSeats({ total: mostRequests, perKey: share(OF_CALLER) })
  const waiting = makeSeats({ total: share(WAITING), perKey: share(WAITING_OF_CALLER) })

  return createMiddleware(async (c, next) => {
    const person = personOf(c)
    if (person === undefined) return next()
    const key = keyOfCaller(person)
    const release = served.take(key)
    if (release === undefined) return refuse(c, busy())
    const place: PlaceToWait = () => waiting.take(key)
    c.set("placeToWait", place)
    try {
      return await next()
    } finally {
      release()
    }
  })
}

/** Where nobody counts there is always one. */
export const placeToWaitOf = (c: Context): PlaceToWait => {
  const place: unknown = c.get("placeToWait")
  return typeof place === "function" ? (place as PlaceToWait) : freePlace
}

export const freePlace: PlaceToWait = () => () => undefined
