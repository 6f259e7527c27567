/** The restaurant's system settings. */
import { Hono } from "hono"
import { problemWithSettings, type SystemSettings } from "../data/SystemSettings.ts"
import { type Form, field, type Portal, type PortalEnv, readForm } from "../PortalEnv.ts"
import { SettingsPage } from "../pages/SettingsPage.tsx"

const settingsFrom = (form: Form): SystemSettings => ({
  timeZone: field(form, "timeZone"),
  currency: field(form, "currency"),
  language: field(form, "language"),
  standardTax: field(form, "standardTax"),
  reducedTax: field(form, "reducedTax"),
  pricesIncludeTax: field(form, "pricesIncludeTax") !== "",
  orderEmail: field(form, "orderEmail"),
  sendsOrderEmail: field(form, "sendsOrderEmail") !== "",
  // Browsers send line breaks as CR LF.
  receiptText: (form.receiptText?.[0] ?? "").replaceAll("\r\n", "\n").trim()
})

export const settingsRoutes = ({ base, setup }: Portal) =>
  new Hono<PortalEnv>()
    .get("/settings", (c) => {
      const { restaurant } = c.var
      const wasSaved = c.req.query("saved") !== undefined
      const settings = setup.settings.read(restaurant)
      return c.html(SettingsPage({ base, restaurant, settings, wasSaved }))
    })
    .post("/settings", async (c) => {
      const { restaurant } = c.var
      const settings = settingsFrom(await readForm(c))
      const problem = problemWithSettings(settings)
      if (problem !== undefined) {
        return c.html(SettingsPage({ base, restaurant, settings, wasSaved: false, problem }), 422)
      }
      setup.settings.write(restaurant, settings)
      return c.redirect(`${base}/settings?saved=1`, 303)
    })
