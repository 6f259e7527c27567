import { Hono } from "hono"
import { setCookie } from "hono/cookie"
import { HelpPage } from "../../views/HelpPage.tsx"
import { SettingsPage } from "../../views/SettingsPage.tsx"
import type { Board } from "./Board.ts"
import { formOf } from "./formOf.ts"
import { isTheme, pageResponse, THEME_COOKIE, themeOf } from "./page.tsx"
import { safePath } from "./safePath.ts"

const YEAR_SECONDS = 365 * 24 * 60 * 60

export const settingsRoutes = ({ info }: Board) =>
  new Hono()
    .get("/help", (c) => pageResponse(c, info, { title: "Help", content: <HelpPage /> }))
    .get("/settings/theme", (c) =>
      pageResponse(c, info, { title: "Settings", content: <SettingsPage theme={themeOf(c)} /> })
    )
    .post("/settings/theme", async (c) => {
      const form = await formOf(c)
      const theme = form.get("theme")
      if (isTheme(theme)) {
        setCookie(c, THEME_COOKIE, theme, { path: "/", sameSite: "Lax", httpOnly: true, maxAge: YEAR_SECONDS })
      }
      return c.redirect(safePath(form.get("back")), 303)
    })
