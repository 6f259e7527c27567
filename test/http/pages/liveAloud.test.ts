/** What the button of a live page says to those who do not see it, in a real browser. */
import { expect } from "bun:test"
import { Effect } from "effect"
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
