/** The middleware around each page of the restaurant's site: who asks, what is logged, who may go on. */
import { getCookie } from "hono/cookie"
import { createMiddleware } from "hono/factory"
import { isRestaurantId } from "./data/Sessions.ts"
import { field, type Portal, type PortalEnv, readForm } from "./PortalEnv.ts"

export const SESSION_COOKIE = "practice_session"
/** Of a browser that has to enter a one-time code. */
export const CODE_COOKIE = "practice_code"

/** While nobody is signed in, a form, a code that is waited for or `?restaurant=` says which restaurant it is about. */
export const identify = ({ base, codes, sessions }: Portal) =>
  createMiddleware<PortalEnv>(async (c, next) => {
    const path = c.req.path.slice(base.length) || "/"
    const signedIn = sessions.restaurantOf(getCookie(c, SESSION_COOKIE) ?? "")
    const isSignIn = c.req.method === "POST" && path === "/sign-in"
    const named = isSignIn ? field(await readForm(c), "restaurantId") : (c.req.query("restaurant") ?? "")
    const waiting = codes.restaurantOf(getCookie(c, CODE_COOKIE) ?? "")
    const restaurant = (isSignIn ? undefined : (signedIn ?? waiting)) ?? (isRestaurantId(named) ? named : "")
    c.set("path", path)
    c.set("restaurant", restaurant)
    c.set("signedIn", signedIn !== undefined && !isSignIn)
    await next()
  })

export const logRequests = ({ log }: Portal) =>
  createMiddleware<PortalEnv>(async (c, next) => {
    const startedAt = new Date()
    await next()
    log.add({
      at: startedAt.toISOString(),
      restaurant: c.get("restaurant"),
      method: c.req.method,
      path: c.get("path"),
      status: c.res.status,
      durationMs: Date.now() - startedAt.getTime()
    })
  })

/** Everything behind it needs a live session. */
export const requireSession = ({ base }: Portal) =>
  createMiddleware<PortalEnv>(async (c, next) => {
    if (c.get("signedIn")) return next()
    const ended = getCookie(c, SESSION_COOKIE) === undefined ? "" : "?ended=1"
    return c.redirect(`${base}/sign-in${ended}`, 303)
  })
