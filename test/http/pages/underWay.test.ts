/** What a button does while its request is under way, in a real browser over jobs in memory. */
import { expect } from "bun:test"
import { Effect } from "effect"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { openBoard } from "./openBoard.ts"

const LONG_MS = 120_000

it.live(
  "keeps a button off that sends, whatever is told of the job meanwhile, and says what its answer brings",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      const job = fake.seed({ status: "in_progress", attempts: 1, progress: { percent: 10, totalSteps: 3 } })
      yield* look(async () => {
        const held = Promise.withResolvers<void>()
        let sent = 0
        await page.route("**/cancel", async (route) => {
          sent += 1
          await held.promise
          await route.continue()
        })
        const button = page.locator("#cancel-button")
        await open(`/jobs/${job.jobId}`)
        await button.click()
        await page.getByRole("button", { name: "Cancel job" }).click()
        await page.locator("#cancel-button:disabled").waitFor()

        fake.change(job.id, { progress: { percent: 40, totalSteps: 3 } })
        await page.locator("#job-headline .bar-number", { hasText: "40%" }).waitFor()
        expect(await button.isDisabled()).toBe(true)

        held.resolve()
        await button.waitFor({ state: "detached" })
        expect(sent).toBe(1)
      })
    }),
  LONG_MS
)

it.live(
  "lets a button be pressed again whose request was refused, and changes it with the job from then on",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      const job = fake.seed({ status: "in_progress", attempts: 1 })
      yield* look(async () => {
        await page.route("**/cancel", (route) => route.abort())
        await open(`/jobs/${job.jobId}`)
        await page.locator("#cancel-button").click()
        await page.getByRole("button", { name: "Cancel job" }).click()
        await page.getByText("Could not reach the server.").waitFor()
        await page.locator("#cancel-button:enabled").waitFor()

        fake.change(job.id, { status: "pending", attempts: 0 })
        await page.locator('#cancel-form[hx-confirm*="It will not start."]').waitFor()
      })
    }),
  LONG_MS
)
