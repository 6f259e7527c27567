/** Headers that protect the people who use the portal. Posts from other sites are refused by the app it is mounted in. */
import { createMiddleware } from "hono/factory"
import type { PortalEnv } from "./PortalEnv.ts"

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'"
].join("; ")

/** No inline styles and no scripts at all: colours are class names. */
export const securityHeaders = createMiddleware<PortalEnv>(async (c, next) => {
  await next()
  c.header("Content-Security-Policy", policy)
  c.header("X-Content-Type-Options", "nosniff")
  // `no-referrer` would make browsers post forms with `Origin: null`.
  c.header("Referrer-Policy", "same-origin")
  c.header("Cross-Origin-Opener-Policy", "same-origin")
  if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store")
})
