import { Effect } from "effect"
import { button, field } from "./Controls.ts"
import { makeForm } from "./Form.ts"
import type { Portal } from "./Portal.ts"

/** The settings in the order of the page, with the names that it gives them. */
export const settingTitles = {
  timeZone: "Time zone",
  currency: "Currency",
  language: "Language",
  standardTax: "Standard tax rate in %",
  reducedTax: "Reduced tax rate in %",
  pricesIncludeTax: "Prices include tax",
  orderEmail: "Order e-mail",
  sendsOrderEmail: "Send an e-mail for each order",
  receiptText: "Receipt text"
} as const
export type SettingName = keyof typeof settingTitles

const fields = Object.fromEntries(Object.entries(settingTitles).map(([name, title]) => [name, field(title)]))

export const makeSettingsPage = (portal: Portal) => ({
  open: portal.open("settings"),
  form: makeForm(portal, fields, button("Save settings"))
})

/** The settings as they are now. */
export const readSettings = (portal: Portal) => {
  const { form, open } = makeSettingsPage(portal)
  return Effect.andThen(open, form.read)
}
