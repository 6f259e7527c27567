/** The board over jobs in memory, with a window of a real browser on it. */
import { Effect } from "effect"
import { look } from "../../support/boardWindow.ts"
import { openBrowser } from "../../support/browser.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { makeBoard } from "./testBoard.ts"

/** Ends with the scope. */
export const openBoard = Effect.gen(function* () {
  const fake = new FakeJobs([tagDishes])
  const { app } = makeBoard({ fake })
  const server = yield* Effect.acquireRelease(
    Effect.sync(() =>
      Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request, self) => app.fetch(request, self) })
    ),
    (running) => Effect.promise(() => running.stop(true))
  )
  const browser = yield* openBrowser
  const page = yield* look(() => browser.newPage({ timezoneId: "Europe/Rome" }))
  const open = async (path: string) => {
    await page.goto(`${server.url.origin}${path}`)
    await page.locator('#live[data-state="live"]').waitFor()
  }
  return { fake, page, open, server }
})
