/** When a page is live and when it is not, in a real browser. */
import { expect } from "bun:test"
import { Effect } from "effect"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { openBoard } from "./openBoard.ts"

const LONG_MS = 120_000

it.live(
  "is not called live while its stream is refused",
  () =>
    Effect.gen(function* () {
      const { open, page, server } = yield* openBoard
      yield* look(async () => {
        await page.addInitScript(() => {
          const mark = () => document.body.setAttribute("data-swapped", "")
          document.addEventListener("htmx:after:swap", () => setTimeout(mark))
        })
        for (const status of [503, 429]) {
          await page.route("**/events*", (route) => route.fulfill({ status, contentType: "text/plain", body: "no" }))
          await page.goto(`${server.url.origin}/jobs`)
          await page.locator("body[data-swapped]").waitFor()
          expect([status, await page.locator("#live").textContent()]).toEqual([status, "Reconnecting…"])
          await page.unroute("**/events*")
        }
        await open("/jobs")
        expect(await page.locator("#live").textContent()).toBe("Live")
      })
    }),
  LONG_MS
)

it.live(
  "takes silence for a lost connection only where the server has sent its time a second time",
  () =>
    Effect.gen(function* () {
      const { open, page } = yield* openBoard
      yield* look(async () => {
        await open("/jobs")
        const live = page.locator("#live")
        const tick = () => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")))

        await page.clock.setSystemTime(Date.now() + 41_000)
        await tick()
        expect(await live.textContent()).toBe("Live")

        await page.evaluate(() => {
          for (const data of [Date.now(), Date.now()]) {
            document.dispatchEvent(new CustomEvent("board:now", { detail: { data } }))
          }
        })
        await page.clock.setSystemTime(Date.now() + 82_000)
        await tick()
        expect(await live.textContent()).toBe("Reconnecting…")
      })
    }),
  LONG_MS
)
