/** What protects the people who use the portal: headers for their browser, and no posts from other sites. */
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

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined)

/** Only hosts are compared: behind a proxy that ends TLS the scheme of the request is not the page's. */
const comesFromElsewhere = (request: Request): boolean => {
  const site = request.headers.get("Sec-Fetch-Site")
  if (site !== null) return site !== "same-origin" && site !== "none"
  const origin = request.headers.get("Origin")
  if (origin === null) return false
  return hostOf(origin) !== (request.headers.get("Host") ?? new URL(request.url).host)
}

/** Clients that send neither header are no browsers, so there is nobody whose cookie could be abused. */
export const refuseCrossSite = createMiddleware<PortalEnv>(async (c, next) => {
  if (c.req.method !== "GET" && c.req.method !== "HEAD" && comesFromElsewhere(c.req.raw)) {
    return c.text("This form was sent from another site, so it was refused.", 403)
  }
  return next()
})
