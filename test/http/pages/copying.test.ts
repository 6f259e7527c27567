/** What the buttons beside a text copy, in a real browser. */
import { expect } from "bun:test"
import { Effect } from "effect"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { openBoard } from "./openBoard.ts"

const LONG_MS = 120_000

it.live(
  "copies where the browser gives the page no clipboard, because it came without encryption",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      const job = fake.seed()
      yield* look(async () => {
        await page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }))
        await open(`/jobs/${job.jobId}`)
        const button = page.locator('[data-copy="#job-id"]')
        await button.click()
        await page.getByText("Copied", { exact: true }).waitFor()
        expect(await button.evaluate((each) => each === document.activeElement)).toBe(true)
        await page.locator("#search").focus()
        await page.keyboard.press("Control+V")
        expect(await page.locator("#search").inputValue()).toBe(job.jobId)
      })
    }),
  LONG_MS
)
