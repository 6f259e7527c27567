/** The cookie of who is signed in on the board. Scripts cannot read it, and other sites' forms come without it. */
import type { Context, MiddlewareHandler } from "hono"
import { deleteCookie, getCookie, setCookie } from "hono/cookie"

/** Its name without HTTPS, on this computer. */
export const SESSION_COOKIE = "callboard-session"

/** Over HTTPS browsers take a name that begins so from this host alone: other hosts of its domain cannot plant a session. */
export const SECURE_SESSION_COOKIE = `__Host-${SESSION_COOKIE}`

/** As long as the longest session; the server ends sessions, not the browser. */
const MAX_AGE_SECONDS = 7 * 24 * 60 * 60

/** Where people reach the server over HTTPS as its settings say, cookies never go another way, whatever the proxy says. */
export const cookiesFor =
  (publicUrl: URL | undefined): MiddlewareHandler =>
  (c, next) => {
    c.set("isPublicSecure", publicUrl?.protocol === "https:")
    return next()
  }

/** Without that, a proxy that ends TLS says so. Who lies about it only loses the cookie. */
const isSecure = (c: Context) =>
  c.get("isPublicSecure") === true ||
  new URL(c.req.url).protocol === "https:" ||
  c.req.header("X-Forwarded-Proto")?.split(",")[0]?.trim() === "https"

// Lax, so that a link in a mail opens the board signed in; what changes something is guarded by its origin too.
const attributes = (c: Context) => ({ path: "/", httpOnly: true, sameSite: "Lax", secure: isSecure(c) }) as const

const nameFor = (c: Context) => (isSecure(c) ? SECURE_SESSION_COOKIE : SESSION_COOKIE)

export const sessionOf = (c: Context): string | undefined => getCookie(c, nameFor(c))

export const keepSession = (c: Context, cookie: string) =>
  setCookie(c, nameFor(c), cookie, { ...attributes(c), maxAge: MAX_AGE_SECONDS })

export const forgetSession = (c: Context) => deleteCookie(c, nameFor(c), attributes(c))
