/** What is told with answers of the API: which request it was, and how long to keep them. */
import { createMiddleware } from "hono/factory"
import type { RequestIdVariables } from "hono/request-id"

export const apiHeaders = createMiddleware<{ Variables: Partial<RequestIdVariables> }>(async (c, next) => {
  await next()
  const answer = c.res.headers
  const id = c.get("requestId")
  if (id !== undefined) answer.set("X-Request-Id", id)
  // With an ETag, asking again is cheap; without one there is nothing to keep an answer for.
  if (!answer.has("Cache-Control")) answer.set("Cache-Control", answer.has("ETag") ? "private, no-cache" : "no-store")
})
