/** The script of a run: opens a page, fills a form, and ends as its input says. */
import { BrowserSession, defineJobType, Steps } from "callboard"
import { Effect, Schedule, Schema } from "effect"

const Ending = Schema.Literals(["well", "together", "failed", "cancelled"])
export type Ending = typeof Ending.Type

/** Longer than any run: such a job is cancelled. */
const FOREVER_MS = 3_600_000

const soak = defineJobType({
  name: "soak",
  title: "Soak",
  description: "Fills a form on a small page.",
  lane: "browser",
  input: Schema.Struct({ url: Schema.String, ending: Ending }),
  result: Schema.String,
  steps: [
    { name: "open", title: "Open" },
    { name: "work", title: "Work" }
  ],
  retry: { maxRetries: 5, schedule: Schedule.spaced("200 millis") },
  example: { url: "http://127.0.0.1/", ending: "well" },
  run: ({ ending, url }) =>
    Effect.gen(function* () {
      const steps = yield* Steps
      const { use } = yield* BrowserSession
      yield* steps.prepare(
        "open",
        use((page) => page.goto(url))
      )
      const work = use(async (page) => {
        await page.getByLabel("Dish").fill("Soup")
        await page.getByRole("button", { name: "Save" }).click()
        if (ending === "together") await page.request.get(new URL("/meet", url).href)
        if (ending === "cancelled") await page.waitForTimeout(FOREVER_MS)
        const answer = page.getByText(ending === "failed" ? "Deleted" : "Saved: Soup")
        await answer.waitFor({ timeout: ending === "failed" ? 200 : 10_000 })
        return page.title()
      })
      return yield* steps.run("work", Schema.String, work)
    })
})

export default [soak]
