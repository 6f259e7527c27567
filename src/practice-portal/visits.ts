/** The middleware around each page of the restaurant's site: who asks, what is logged, who may go on. */
import { getCookie } from "hono/cookie"
import { createMiddleware } from "hono/factory"
import { isRestaurantId } from "./data/Sessions.ts"
import { field, type Portal, type PortalEnv, readForm } from "./PortalEnv.ts"

export const SESSION_COOKIE = "practice_session"
/** Of a browser that has to enter a one-time code. */
export const CODE_COOKIE = "practice_code"

/** Of a browser that registers a restaurant. */
export const REGISTRATION_COOKIE = "practice_registration"

const pathsWithId = ["/sign-in", "/register"]

/** While nobody is signed in, what was filled in or is waited for says which restaurant it is about, or `?restaurant=`. */
export const identify = ({ base, codes, registrations, sessions }: Portal) =>
  createMiddleware<PortalEnv>(async (c, next) => {
    const path = c.req.path.slice(base.length) || "/"
    const signedIn = sessions.restaurantOf(getCookie(c, SESSION_COOKIE) ?? "")
    const isStart = c.req.method === "POST" && pathsWithId.includes(path)
    const named = isStart ? field(await readForm(c), "restaurantId") : (c.req.query("restaurant") ?? "")
    const registering = registrations.find(getCookie(c, REGISTRATION_COOKIE) ?? "")?.owner.restaurant
    const waiting = codes.restaurantOf(getCookie(c, CODE_COOKIE) ?? "") ?? registering
    const restaurant = (isStart ? undefined : (signedIn ?? waiting)) ?? (isRestaurantId(named) ? named : "")
    c.set("path", path)
    c.set("restaurant", restaurant)
    c.set("signedIn", signedIn !== undefined && !isStart)
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
