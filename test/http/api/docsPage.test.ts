/** The API's page on a phone, in a real browser. */
import { expect } from "bun:test"
import { Effect } from "effect"
import { Hono } from "hono"
import { docsRoute } from "../../../src/http/api/docsRoute.tsx"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { openBoard } from "../pages/openBoard.ts"

const LONG_MS = 120_000

it.live(
  "shows the API's page without scrolling sideways where it is 320 pixels wide",
  () =>
    Effect.gen(function* () {
      const { page, server } = yield* openBoard
      yield* look(async () => {
        const html = await (await new Hono().get("/", docsRoute).request("/")).text()
        await page.route("**/api/docs", (route) => route.fulfill({ body: html, contentType: "text/html" }))
        await page.setViewportSize({ width: 320, height: 600 })
        await page.goto(`${server.url.origin}/api/docs`)
        const widths = () => page.evaluate(() => document.documentElement.scrollWidth)

        expect(await page.locator("h1").count()).toBe(1)
        expect(await widths()).toBe(320)
        await page.evaluate(() => {
          for (const details of document.querySelectorAll("details")) details.open = true
        })
        expect(await widths()).toBe(320)
      })
    }),
  LONG_MS
)
