/** Signing in and out. */
import { type Context, Hono } from "hono"
import { deleteCookie, getCookie, setCookie } from "hono/cookie"
import { isRestaurantId } from "../data/Sessions.ts"
import { field, type Portal, type PortalEnv, readForm } from "../PortalEnv.ts"
import { SignInPage } from "../pages/SignInPage.tsx"
import { SESSION_COOKIE } from "../visits.ts"

const cookieOptions = (c: Context, base: string) =>
  ({
    path: base || "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: new URL(c.req.url).protocol === "https:"
  }) as const

const WRONG_ID = "A restaurant ID has up to 64 lower-case letters, digits and dashes."
const WRONG_CREDENTIALS = "The e-mail or the password is wrong."

export const signInRoutes = ({ base, menus, sessions }: Portal) =>
  new Hono<PortalEnv>()
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
      const session = sessions.signIn(restaurant, email, form.password?.[0] ?? "")
      if (session === undefined) return refuse(WRONG_CREDENTIALS, 401)
      menus.ensure(restaurant)
      setCookie(c, SESSION_COOKIE, session, cookieOptions(c, base))
      return c.redirect(`${base}/dashboard`, 303)
    })
    .post("/sign-out", (c) => {
      sessions.end(getCookie(c, SESSION_COOKIE) ?? "")
      deleteCookie(c, SESSION_COOKIE, cookieOptions(c, base))
      return c.redirect(`${base}/sign-in`, 303)
    })
