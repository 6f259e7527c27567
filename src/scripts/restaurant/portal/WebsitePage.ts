import { Effect, Schema } from "effect"
import { button, field, link } from "./Controls.ts"
import type { Control, Portal } from "./Portal.ts"

export const themes = ["light", "dark"] as const
export type Theme = (typeof themes)[number]

/** The design as the portal's form shows it. */
export const WebsiteShown = Schema.Struct({
  theme: Schema.Literals(themes),
  /** `#8a2f1b`. */
  accent: Schema.String,
  headline: Schema.String,
  welcome: Schema.String,
  /** Guests see exactly this. */
  isPublished: Schema.Boolean,
  /** Where guests see it. */
  url: Schema.String
})
export type WebsiteShown = typeof WebsiteShown.Type
export type WebsiteDesign = Pick<WebsiteShown, "theme" | "accent" | "headline" | "welcome">

const round = (name: string): Control => ({
  name: `the theme “${name}”`,
  locate: (page) => page.getByRole("radio", { name, exact: true })
})
const themeButtons = { light: round("Light"), dark: round("Dark") }
const accentField = field("Accent colour")
const headlineField = field("Headline")
const welcomeField = field("Welcome text")
const state: Control = { name: "the state of the website", locate: (page) => page.getByRole("definition") }
const siteLink = link("Open website")

export const makeWebsitePage = (portal: Portal) => {
  const textOf = (control: Control) =>
    Effect.andThen(
      portal.find(control),
      portal.use((page) => control.locate(page).inputValue())
    )

  return {
    /** Opens the page and reads it. */
    read: Effect.gen(function* () {
      yield* portal.open("website")
      yield* portal.find(themeButtons.dark)
      yield* portal.find(siteLink)
      const isDark = yield* portal.use((page) => themeButtons.dark.locate(page).isChecked())
      const shown: WebsiteShown = {
        theme: isDark ? "dark" : "light",
        accent: yield* textOf(accentField),
        headline: yield* textOf(headlineField),
        welcome: yield* textOf(welcomeField),
        isPublished: (yield* portal.use((page) => state.locate(page).textContent())) === "Published",
        url: yield* portal.use((page) =>
          siteLink.locate(page).evaluate((link: Element) => (link instanceof HTMLAnchorElement ? link.href : ""))
        )
      }
      return shown
    }),

    /** Saves a draft on the open page. False when the portal refused it. */
    save: Effect.fn("WebsitePage.save")(function* ({ accent, headline, theme, welcome }: WebsiteDesign) {
      yield* portal.tick(themeButtons[theme], true)
      yield* portal.fill(accentField, accent)
      yield* portal.fill(headlineField, headline)
      yield* portal.fill(welcomeField, welcome)
      const answer = yield* portal.submit(button("Save draft"))
      return answer.status < 400
    }),

    /** Makes the draft of the open page public. */
    publish: portal.submit(button("Publish website"))
  }
}
