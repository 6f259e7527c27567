/** The middleware around each page of the restaurant's site: who asks, what is logged, which fault hits. */
import { getCookie } from "hono/cookie"
import { createMiddleware } from "hono/factory"
import { isRestaurantId } from "./data/Sessions.ts"
import { field, type Portal, type PortalEnv, readForm } from "./PortalEnv.ts"
import { PortalFailure } from "./pages/PortalFailure.tsx"

export const SESSION_COOKIE = "practice_session"

/** While nobody is signed in, a sign-in form or `?restaurant=` says which restaurant it is about. */
export const identify = ({ base, sessions }: Portal) =>
  createMiddleware<PortalEnv>(async (c, next) => {
    const path = c.req.path.slice(base.length) || "/"
    const signedIn = sessions.restaurantOf(getCookie(c, SESSION_COOKIE) ?? "")
    const isSignIn = c.req.method === "POST" && path === "/sign-in"
    const named = isSignIn ? field(await readForm(c), "restaurantId") : (c.req.query("restaurant") ?? "")
    const restaurant = (isSignIn ? undefined : signedIn) ?? (isRestaurantId(named) ? named : "")
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

export const applyFaults = ({ base, faults, sessions }: Portal) =>
  createMiddleware<PortalEnv>(async (c, next) => {
    const { path, restaurant, signedIn } = c.var
    if (restaurant === "") return next()
    const slow = faults.take(restaurant, "slow", path)
    if (slow) await Bun.sleep(slow.delayMs)
    if (signedIn && faults.take(restaurant, "session", path)) {
      sessions.end(getCookie(c, SESSION_COOKIE) ?? "")
      return c.redirect(`${base}/sign-in?ended=1&restaurant=${restaurant}`, 303)
    }
    const error = faults.take(restaurant, "error", path)
    if (!error) return next()
    if (error.retryAfterSeconds > 0) c.header("Retry-After", String(error.retryAfterSeconds))
    return c.html(PortalFailure({ base }), 500)
  })

/** Everything behind it needs a live session. */
export const requireSession = ({ base }: Portal) =>
  createMiddleware<PortalEnv>(async (c, next) => {
    if (c.get("signedIn")) return next()
    const ended = getCookie(c, SESSION_COOKIE) === undefined ? "" : "?ended=1"
    return c.redirect(`${base}/sign-in${ended}`, 303)
  })
