/** What the button of a live page says to those who do not see it, in a real browser; and the API's page on a phone. */
import { expect } from "bun:test"
import { Effect } from "effect"
import { Hono } from "hono"
import { docsRoute } from "../../../src/http/api/docsRoute.tsx"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { openBoard } from "./openBoard.ts"

const LONG_MS = 120_000

it.live(
  "says aloud when the page is no longer live and when it is again, on a button whose text says all",
  () =>
    Effect.gen(function* () {
      const { open, page } = yield* openBoard
      yield* look(async () => {
        await open("/jobs")
        const tell = (name: string) =>
          page.evaluate((type) => {
            const connection = { abortController: new AbortController() }
            document.dispatchEvent(new CustomEvent(type, { detail: { connection } }))
          }, name)
        const said = page.locator("#toasts-status")

        await tell("htmx:sse:after:connection")
        expect(await said.textContent()).toBe("")
        await tell("htmx:sse:error")
        await page.clock.setSystemTime(Date.now() + 33_000)
        await said.getByText("Not live since").waitFor({ state: "attached" })
        expect(await said.getByText("Not live since").count()).toBe(1)
        await tell("htmx:sse:after:connection")
        await said.getByText("Live again.").waitFor({ state: "attached" })

        const live = page.locator("#live")
        await live.click()
        expect([await live.textContent(), await live.getAttribute("aria-pressed")]).toEqual([
          expect.stringContaining("Paused"),
          null
        ])
        await page.goto(new URL("/inbox", page.url()).href)
        expect(await page.locator("#notify").getAttribute("aria-pressed")).toBeNull()
      })
    }),
  LONG_MS
)

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
