/** The restaurant's public website, as a guest's browser renders it. */
import { Effect } from "effect"
import type { Control, Portal } from "./Portal.ts"
import type { WebsiteDesign } from "./WebsitePage.ts"

const banner: Control = { name: "the banner", locate: (page) => page.getByRole("banner") }

/** `rgb(138, 47, 27)` -> `#8a2f1b`. */
const hex = (colour: string): string =>
  `#${[...colour.matchAll(/\d+/gu)].map(([part]) => Number(part).toString(16).padStart(2, "0")).join("")}`

export const makeSitePage = (portal: Portal) => ({
  /** What it looks like, measured on the page and not taken from its markup. */
  read: Effect.fn("SitePage.read")(function* (url: string) {
    yield* portal.visit(url)
    yield* portal.find(banner)
    // Before its styles are there, a page has no colours to measure.
    yield* portal.use((page) => page.waitForLoadState("load"))
    const seen = yield* portal.use((page) =>
      banner.locate(page).evaluate((element: Element) => ({
        scheme: getComputedStyle(document.documentElement).colorScheme,
        accent: getComputedStyle(element).backgroundColor,
        headline: element.querySelector("h1")?.textContent ?? "",
        welcome: element.querySelector(".welcome")?.textContent ?? ""
      }))
    )
    const design: WebsiteDesign = {
      theme: seen.scheme === "dark" ? "dark" : "light",
      accent: hex(seen.accent),
      headline: seen.headline.trim(),
      welcome: seen.welcome.trim()
    }
    return design
  })
})
