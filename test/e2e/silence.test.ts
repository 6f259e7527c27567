/** A server that hangs closes no stream: the page has to notice by itself that it hears nothing any more. */
import { expect } from "bun:test"
import { Effect } from "effect"
import { look, startBoard } from "../support/boardWindow.ts"
import { it } from "../support/effect.ts"

const LONG_MS = 120_000

it.live(
  "is not called live while the server hangs, and is live again when it goes on",
  () =>
    Effect.gen(function* () {
      const { base, browser, callboard } = yield* startBoard()
      yield* Effect.addFinalizer(() => Effect.sync(() => process.kill(callboard.pid, "SIGCONT")))
      const page = yield* look(() => browser.newPage({ timezoneId: "America/New_York" }))
      const live = page.locator("#live")
      const later = (seconds: number) => page.clock.setSystemTime(Date.now() + seconds * 1_000)

      yield* look(async () => {
        await page.context().addCookies([{ name: "callboard-settings", value: "comfortable.utc", url: base }])
        await page.goto(`${base}/jobs`)
        await live.getByText("Live", { exact: true }).waitFor()
        // As after half a minute.
        await page.evaluate(() => {
          for (const data of [Date.now(), Date.now()]) {
            document.dispatchEvent(new CustomEvent("board:now", { detail: { data } }))
          }
        })
        process.kill(callboard.pid, "SIGSTOP")

        await later(41)
        await live.getByText("Reconnecting…").waitFor()
        await later(72)
        await live.getByText("Not live since").waitFor()
        expect(await live.textContent()).toMatch(/^Not live since \d\d:\d\d UTC\. Reload$/u)

        process.kill(callboard.pid, "SIGCONT")
        await live.getByText("Live", { exact: true }).waitFor()
      })
    }),
  LONG_MS
)
