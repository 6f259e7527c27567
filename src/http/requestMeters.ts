/** Counts requests by the route that they met, never by their path: paths hold ids, and strangers invent more of them. */
import { Effect } from "effect"
import type { Context } from "hono"
import { createMiddleware } from "hono/factory"
import { matchedRoutes } from "hono/route"
import { makeCounter, makeHistogram } from "../domain/meters.ts"
import { templateAt } from "./api/routes.ts"

const requests = makeCounter("callboard_http_requests_total", "Requests that were answered.", [
  "method",
  "route",
  "status"
])

const seconds = makeHistogram(
  "callboard_http_request_duration_seconds",
  "How long requests took until their answer began. Held requests and streams take as long as they like.",
  ["method", "route"],
  [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
)

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

const NO_ROUTE = "(none)"

/** What stands for everything below it says nothing of a route. */
const isForAll = (path: string) => ["*", "/*", "/api/*"].includes(path)

/** The template of the route, such as `/jobs/:id`. */
export const routeOf = (c: Context): string => {
  if (c.req.path.startsWith("/api/")) {
    const template = templateAt(c.req.path)
    if (template !== undefined) return template
  }
  return matchedRoutes(c).findLast(({ path }) => !isForAll(path))?.path ?? NO_ROUTE
}

export const methodOf = (c: Context): string => (METHODS.has(c.req.method) ? c.req.method : "OTHER")

/** Stands before everything else. */
export const countRequests = createMiddleware(async (c, next) => {
  const begun = performance.now()
  await next()
  const labels = { method: methodOf(c), route: routeOf(c) }
  const taken = (performance.now() - begun) / 1_000
  Effect.runSync(Effect.andThen(requests({ ...labels, status: String(c.res.status) }), seconds(labels, taken)))
})
