/** How long a job has been running, on a page that a browser keeps answers for: there is no route on its requests. */
import { expect } from "bun:test"
import { Effect } from "effect"
import { aJob } from "../../http/builders.ts"
import { makeApi } from "../../http/calls.ts"
import { openBrowser } from "../../support/browser.ts"
import { it } from "../../support/effect.ts"
import { bundle, html, stylesheet } from "./bundle.ts"
import { settled, tracker } from "./looking.ts"

const NOON = Date.parse("2026-11-22T12:00:00.000Z")

it.live("counts how long a job has been running, never back, and goes on there when the page is loaded again", () =>
  Effect.gen(function* () {
    const { handler, put } = yield* makeApi
    const body = html(yield* Effect.promise(stylesheet), yield* Effect.promise(() => bundle("app.tsx")))
    const fetch = (request: Request) =>
      new URL(request.url).pathname === "/"
        ? new Response(body, { headers: { "content-type": "text/html" } })
        : handler(request)
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => Bun.serve({ port: 0, hostname: "localhost", fetch })),
      (server) => Effect.promise(() => server.stop(true))
    )
    // One long step: nothing of it changes but how long it has been running.
    const job = aJob({ status: "in_progress", createdAt: new Date().toISOString() })
    const pass = (seconds: number) => put({ ...job, durationMs: seconds * 1_000 + 500 })
    pass(1)
    const browser = yield* openBrowser

    const shown = yield* Effect.promise(async () => {
      const page = await browser.newPage()
      await page.clock.install({ time: NOON })
      await page.clock.pauseAt(NOON + 1_000)
      await page.goto(new URL(`/?scene=together&job=${job.jobId}`, server.url).href)
      const ranFor = async () => {
        await settled(page)
        // What came is shown a moment later.
        await page.clock.runFor(1)
        return (await tracker(page).textContent())?.match(/Running for(\d+ s)/)?.[1]
      }
      const first = await ranFor()
      const seconds: Array<string | undefined> = []
      for (let second = 2; second < 9; second++) {
        pass(second)
        await page.clock.runFor(1_000)
        seconds.push(await ranFor())
      }
      await page.reload()
      return { first, seconds, again: await ranFor() }
    })

    expect(shown).toEqual({
      first: "1 s",
      seconds: ["2 s", "3 s", "4 s", "5 s", "6 s", "7 s", "8 s"],
      again: "8 s"
    })
  })
)
