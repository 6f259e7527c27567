/** Requests of whoever is at this computer, where a test is about something else. */
import type { MiddlewareHandler } from "hono"
import { localCaller } from "../../src/domain/Caller.ts"
import type { ApiHandler, RequestContext } from "../../src/http/api/ApiHandler.ts"

export const asLocalCaller: MiddlewareHandler = (c, next) => {
  if (c.get("caller") === undefined) c.set("caller", localCaller)
  return next()
}

/** The API, which serves this computer unless somebody else is named. */
export const servedLocally =
  (handler: ApiHandler) =>
  (request: Request, served: Partial<RequestContext> = {}) =>
    handler(request, { caller: localCaller, ...served })

export type LocalHandler = ReturnType<typeof servedLocally>
