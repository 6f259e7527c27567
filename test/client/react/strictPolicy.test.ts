/** A page whose content security policy allows no styles but those of its own files, sent by a server. */
import { expect } from "bun:test"
import { Effect } from "effect"
import { openBrowser } from "../../support/browser.ts"
import { it } from "../../support/effect.ts"
import { bundle, page as pageOf, stylesheet } from "./bundle.ts"
import { markup } from "./pages/markup.tsx"

const ADDRESS = "http://gallery.test/"

it.live("fills bars as far as they say where the styles that a server sent are not allowed", () =>
  Effect.gen(function* () {
    const browser = yield* openBrowser
    const bars = yield* Effect.promise(async () => {
      const css = await stylesheet()
      const body = pageOf('<link rel="stylesheet" href="/jobs.css">', await bundle("galleryPage.tsx"), markup())
      const context = await browser.newContext({ reducedMotion: "reduce" })
      const page = await context.newPage()
      await page.route(`${ADDRESS}jobs.css`, (route) => route.fulfill({ contentType: "text/css", body: css }))
      await page.route(ADDRESS, (route) =>
        route.fulfill({
          contentType: "text/html",
          headers: { "content-security-policy": "style-src 'self'" },
          body
        })
      )
      await page.goto(ADDRESS)
      await page.locator(".cb-tracker").getByText("This job cannot be shown").waitFor()
      return page.locator(".cb-bar[aria-valuenow]").evaluateAll((all) =>
        all.map((bar) => {
          const width = (each: Element) => each.getBoundingClientRect().width
          return [
            Number(bar.getAttribute("aria-valuenow")),
            Math.round((width(bar.firstElementChild!) / width(bar)) * 100)
          ]
        })
      )
    })

    expect(bars.length).toBeGreaterThan(10)
    expect(bars.filter(([said, shown]) => said !== shown)).toEqual([])
  })
)
