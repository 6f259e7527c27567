/** Lets pages of named other web sites call the API: with a key or token, never with a cookie of ours. */

import { cors } from "hono/cors"
import { createMiddleware } from "hono/factory"

/** `https://a.example, https://b.example`, as in the setting. */
export const originsOf = (setting: string | undefined): ReadonlySet<string> =>
  new Set(
    (setting ?? "").split(",").flatMap((text) => (URL.canParse(text.trim()) ? [new URL(text.trim()).origin] : []))
  )

/** What a page may send besides what every page may. */
const ALLOWED = [
  "Authorization",
  "Content-Type",
  "Idempotency-Key",
  "If-None-Match",
  "Last-Event-ID",
  "Callboard-Organisation",
  "traceparent"
]

/** What a page may read of an answer besides its body. */
const EXPOSED = [
  "Allow",
  "Deduplicated",
  "Deprecation",
  "ETag",
  "Idempotency-Replayed",
  "Link",
  "Location",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "Sunset",
  "X-Request-Id"
]

/** Browsers ask again after ten minutes, so that a site that is taken off the list is off it soon. */
const MAX_AGE_SECONDS = 600

export const crossOrigin = (origins: ReadonlySet<string>) => {
  const answer = cors({
    origin: [...origins],
    allowMethods: ["GET", "HEAD", "POST", "PATCH", "DELETE"],
    allowHeaders: ALLOWED,
    exposeHeaders: EXPOSED,
    maxAge: MAX_AGE_SECONDS
  })
  return createMiddleware(async (c, next) => {
    const isPlainOptions = c.req.method === "OPTIONS" && c.req.header("Access-Control-Request-Method") === undefined
    return origins.size === 0 || isPlainOptions ? next() : answer(c, next)
  })
}
