import { type Context, Hono } from "hono"
import { setCookie } from "hono/cookie"
import { parseSettings, settingNames, settingsText } from "../../views/BoardSettings.ts"
import { HelpPage } from "../../views/HelpPage.tsx"
import { SettingsPage } from "../../views/SettingsPage.tsx"
import type { Board } from "./Board.ts"
import type { BoardInfo } from "./BoardInfo.ts"
import { formOf } from "./formOf.ts"
import { needs } from "./needs.ts"
import { isTheme, pageResponse, SETTINGS_COOKIE, settingsOf, THEME_COOKIE, themeOf } from "./page.tsx"
import { safePath } from "./safePath.ts"

const YEAR_SECONDS = 365 * 24 * 60 * 60

const COOKIE = { path: "/", sameSite: "Lax", httpOnly: true, maxAge: YEAR_SECONDS } as const

const showSettings = (c: Context, info: BoardInfo): Response => {
  const content = <SettingsPage theme={themeOf(c)} settings={settingsOf(c)} saved={c.req.query("saved") === "yes"} />
  return pageResponse(c, info, { title: "Settings", here: "/settings", content })
}

export const settingsRoutes = ({ info }: Board) =>
  new Hono()
    .get("/help", needs("read"), (c) => pageResponse(c, info, { title: "Help", content: <HelpPage /> }))
    .get("/settings", needs("read"), (c) => showSettings(c, info))
    .post("/settings", needs("read"), async (c) => {
      const form = await formOf(c)
      const words = settingNames.map((name) => form.get(name) ?? "").join(".")
      setCookie(c, SETTINGS_COOKIE, settingsText(parseSettings(words)), COOKIE)
      return c.redirect("/settings?saved=yes", 303)
    })
    .get("/settings/theme", needs("read"), (c) => showSettings(c, info))
    .post("/settings/theme", needs("read"), async (c) => {
      const form = await formOf(c)
      const theme = form.get("theme")
      if (isTheme(theme)) {
        setCookie(c, THEME_COOKIE, theme, COOKIE)
      }
      return c.redirect(safePath(form.get("back")), 303)
    })
