/**
 * Keeps other web sites from driving this server through the browser of somebody who can reach it. Without keys, being
 * on the same computer is all the permission there is, and a browser lends that to every page it shows.
 *
 * - DNS rebinding: a name of the attacker that points here makes his page same-origin, so only known names are answered.
 * - Cross-site requests: what changes something has to come from our own pages, or from no page at all.
 */
import type { Context } from "hono"
import { createMiddleware } from "hono/factory"
import { type ApiProblem, CrossSiteRequest, HostNotAllowed } from "./api/problems.ts"

export interface SameOriginOptions {
  /** Other web sites whose pages may call the API. They cannot send our cookie along. */
  readonly allowedOrigins?: ReadonlySet<string>
  readonly refuse: (c: Context, problem: ApiProblem) => Response | Promise<Response>
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"])

/** The computer's names for itself: RFC 6761 section 6.3 gives it everything under `localhost`. */
const isLoopback = (name: string) =>
  name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/u.test(name)

/** Parsed as a URL does it, so that case, default port and notation do not matter; but it may be nothing but a host. */
const parseHost = (host: string) =>
  /^[^\s/\\?#@]+$/u.test(host) && URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined

const hostOfOrigin = (origin: string) => (URL.canParse(origin) ? new URL(origin).host : undefined)

const hostOf = (request: Request) => parseHost(request.headers.get("Host") ?? new URL(request.url).host)?.host

/** Only hosts are compared: behind a proxy that ends TLS, the scheme of the request is not that of the page. */
export const comesFromElsewhere = (request: Request, host = hostOf(request)) => {
  const site = request.headers.get("Sec-Fetch-Site")
  if (site === "cross-site" || site === "same-site") return true
  const origin = request.headers.get("Origin")
  return origin !== null && hostOfOrigin(origin) !== host
}

export const sameOrigin = ({ allowedOrigins = new Set(), refuse }: SameOriginOptions) =>
  createMiddleware(async (c, next) => {
    const host = parseHost(c.req.header("Host") ?? new URL(c.req.url).host)
    if (host === undefined || !isLoopback(host.hostname)) {
      return refuse(c, new HostNotAllowed({ detail: "Open it as 127.0.0.1 or localhost." }))
    }
    const isAllowed = c.req.path.startsWith("/api/") && allowedOrigins.has(c.req.header("Origin") ?? "")
    if (!SAFE_METHODS.has(c.req.method) && !isAllowed && comesFromElsewhere(c.req.raw, host.host)) {
      return refuse(c, new CrossSiteRequest({ detail: "Send it from a page of this server, or from no page at all." }))
    }
    return next()
  })
