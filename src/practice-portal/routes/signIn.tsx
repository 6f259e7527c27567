/** Signing in, with a one-time code where the restaurant is asked for one, and out. */
import { Hono } from "hono"
import { deleteCookie, getCookie, setCookie } from "hono/cookie"
import { isRestaurantId } from "../data/Sessions.ts"
import { cookieOptions, field, type Portal, type PortalContext, type PortalEnv, readForm } from "../PortalEnv.ts"
import { CodePage } from "../pages/CodePage.tsx"
import { SignInPage } from "../pages/SignInPage.tsx"
import { CODE_COOKIE, SESSION_COOKIE } from "../visits.ts"

const WRONG_ID = "A restaurant ID has up to 64 lower-case letters, digits and dashes."
const WRONG_CREDENTIALS = "The e-mail or the password is wrong."
const TOO_MANY_CODES = "The code was wrong too often. Please sign in again."

const startSession = ({ base, menus, sessions }: Portal, c: PortalContext, restaurant: string) => {
  menus.ensure(restaurant)
  setCookie(c, SESSION_COOKIE, sessions.start(restaurant), cookieOptions(c, base))
  return c.redirect(`${base}/dashboard`, 303)
}

const passwordRoutes = (portal: Portal) => {
  const { accounts, base, codes, faults, sessions } = portal
  return new Hono<PortalEnv>()
    .get("/sign-in", (c) => {
      const hasEnded = c.req.query("ended") !== undefined
      return c.html(SignInPage({ base, restaurant: c.get("restaurant"), email: "", hasEnded }))
    })
    .post("/sign-in", async (c) => {
      const form = await readForm(c)
      const restaurant = field(form, "restaurantId")
      const email = field(form, "email")
      const refuse = (problem: string, status: 400 | 401) =>
        c.html(SignInPage({ base, restaurant, email, hasEnded: false, problem }), status)
      if (!isRestaurantId(restaurant)) return refuse(WRONG_ID, 400)
      const password = form.password?.[0] ?? ""
      if (!sessions.accepts(email, password) && !accounts.accepts(restaurant, email, password))
        return refuse(WRONG_CREDENTIALS, 401)
      if (!faults.take(restaurant, "one-time-code", c.get("path"))) return startSession(portal, c, restaurant)
      setCookie(c, CODE_COOKIE, codes.send(restaurant), cookieOptions(c, base))
      return c.redirect(`${base}/sign-in/code`, 303)
    })
}

const codeRoutes = (portal: Portal) => {
  const { base, codes } = portal
  const page = (restaurant: string, isWrong: boolean) => CodePage({ base, restaurant, path: "/sign-in/code", isWrong })
  return new Hono<PortalEnv>()
    .get("/sign-in/code", (c) => {
      const restaurant = codes.restaurantOf(getCookie(c, CODE_COOKIE) ?? "")
      return restaurant === undefined ? c.redirect(`${base}/sign-in`, 303) : c.html(page(restaurant, false))
    })
    .post("/sign-in/code", async (c) => {
      const id = getCookie(c, CODE_COOKIE) ?? ""
      const restaurant = codes.restaurantOf(id)
      if (restaurant === undefined) return c.redirect(`${base}/sign-in`, 303)
      const answer = codes.check(id, field(await readForm(c), "code"))
      if (answer === "wrong") return c.html(page(restaurant, true), 401)
      deleteCookie(c, CODE_COOKIE, cookieOptions(c, base))
      if (answer === "right") return startSession(portal, c, restaurant)
      return c.html(SignInPage({ base, restaurant, email: "", hasEnded: false, problem: TOO_MANY_CODES }), 401)
    })
}

export const signInRoutes = (portal: Portal) =>
  new Hono<PortalEnv>()
    .route("/", passwordRoutes(portal))
    .route("/", codeRoutes(portal))
    .post("/sign-out", (c) => {
      portal.sessions.end(getCookie(c, SESSION_COOKIE) ?? "")
      deleteCookie(c, SESSION_COOKIE, cookieOptions(c, portal.base))
      return c.redirect(`${portal.base}/sign-in`, 303)
    })
