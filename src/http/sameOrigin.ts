/**
 * Keeps other web sites from driving this server through the browser of somebody who can reach it. Without keys, being
 * on the same computer is all the permission there is, and a browser lends that to every page it shows; with keys, it
 * lends the session of who is signed in.
 *
 * - DNS rebinding: a name of the attacker that points here makes his page same-origin, so only known names are answered.
 * - Cross-site requests: what changes something has to come from our own pages, or from no page at all.
 */
import type { Context } from "hono"
import { createMiddleware } from "hono/factory"
import { isLoopback, type KnownHosts, nameOf } from "../domain/Reach.ts"
import { type ApiProblem, CrossSiteRequest, HostNotAllowed } from "./api/problems.ts"

export interface KnownSites {
  /** Default: this computer's own names. */
  readonly hosts?: KnownHosts
  /** Other web sites whose pages may call the API. They cannot send our cookie along. */
  readonly allowedOrigins?: ReadonlySet<string>
}

export interface SameOriginOptions extends KnownSites {
  readonly refuse: (c: Context, problem: ApiProblem) => Response | Promise<Response>
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"])

/** Parsed as a URL does it, so that case, default port and notation do not matter; but it may be nothing but a host. */
const parseHost = (host: string) =>
  /^[^\s/\\?#@]+$/u.test(host) && URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined

const hostOfOrigin = (origin: string) => (URL.canParse(origin) ? new URL(origin).host : undefined)

const EVERY_ADDRESS = ["0.0.0.0", "::"]

const isAddress = (name: string) => name.startsWith("[") || /^\d{1,3}(?:\.\d{1,3}){3}$/u.test(name)

/**
 * A server for others has keys. A name that an attacker points at it has no session of anybody, so it does no harm, and
 * is refused only where the right name is known. Addresses cannot be pointed elsewhere.
 */
const isKnown = (name: string, { bound, publicUrl }: KnownHosts) => {
  if (name === publicUrl?.hostname || name === nameOf(bound)) return true
  return EVERY_ADDRESS.includes(bound) && (publicUrl === undefined || isAddress(name))
}

/**
 * Browsers never put this into what a page of another site makes them send, unless the server lets them. Names and
 * passwords (`Basic`) they add themselves.
 */
const hasCredential = (request: Request) => /^Bearer /iu.test(request.headers.get("Authorization") ?? "")

const hostOf = (request: Request) => parseHost(request.headers.get("Host") ?? new URL(request.url).host)?.host

/** Only hosts are compared: behind a proxy that ends TLS, the scheme of the request is not that of the page. */
export const comesFromElsewhere = (request: Request, publicHost?: string) => {
  if (hasCredential(request)) return false
  const site = request.headers.get("Sec-Fetch-Site")
  if (site === "cross-site" || site === "same-site") return true
  const origin = request.headers.get("Origin")
  if (origin === null) return false
  const from = hostOfOrigin(origin)
  return from === undefined || (from !== hostOf(request) && from !== publicHost)
}

/** Sent by a page that is neither ours nor of a web site that may call the API. */
export const comesFromStranger = ({ req }: Context, { allowedOrigins, hosts }: KnownSites) => {
  const isAllowed = req.path.startsWith("/api/") && allowedOrigins?.has(req.header("Origin") ?? "")
  return !isAllowed && comesFromElsewhere(req.raw, hosts?.publicUrl?.host)
}

export const sameOrigin = ({ allowedOrigins, hosts = { bound: "localhost" }, refuse }: SameOriginOptions) =>
  createMiddleware(async (c, next) => {
    const host = parseHost(c.req.header("Host") ?? new URL(c.req.url).host)
    if (host === undefined || !(isLoopback(host.hostname) || isKnown(host.hostname, hosts))) {
      const known = hosts.publicUrl?.host ?? (isLoopback(nameOf(hosts.bound)) ? "127.0.0.1 or localhost" : hosts.bound)
      return refuse(c, new HostNotAllowed({ detail: `Open it as ${known}.` }))
    }
    const sites = { hosts, ...(allowedOrigins && { allowedOrigins }) }
    if (!SAFE_METHODS.has(c.req.method) && comesFromStranger(c, sites)) {
      return refuse(c, new CrossSiteRequest({ detail: "Send it from a page of this server, or from no page at all." }))
    }
    return next()
  })
