/** What browsers are told about answers that are no pages: nothing in them may run, be framed or be kept. */
import { createMiddleware } from "hono/factory"
import type { RequestIdVariables } from "hono/request-id"

const headers = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff"
}

export const apiHeaders = createMiddleware<{ Variables: Partial<RequestIdVariables> }>(async (c, next) => {
  await next()
  const answer = c.res.headers
  const id = c.get("requestId")
  if (id !== undefined) answer.set("X-Request-Id", id)
  for (const [name, value] of Object.entries(headers)) {
    if (!answer.has(name)) answer.set(name, value)
  }
  // With an ETag, asking again is cheap; without one there is nothing to keep an answer for.
  if (!answer.has("Cache-Control")) answer.set("Cache-Control", answer.has("ETag") ? "private, no-cache" : "no-store")
})
