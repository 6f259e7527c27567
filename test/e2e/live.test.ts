import { expect } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import AxeBuilder from "@axe-core/playwright"
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import { openBrowser } from "../support/browser.ts"
import { eventually, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

const LONG_MS = 120_000

const CALLBOARD_CONFIG = join(import.meta.dir, "fixtures/live-job-types.ts")

/** A process that serves and another one that works, on one database, and a job whose browser counts until `open`. */
const apart = Effect.gen(function* () {
  const address = yield* TestPostgres.freshDatabase()
  const gate = join(yield* temporaryDirectory, "gate")
  const start = (CALLBOARD_ROLE: string) =>
    Effect.gen(function* () {
      const env = {
        CALLBOARD_CONFIG,
        CALLBOARD_ROLE,
        DATABASE_URL: TestPostgres.urlOf(address),
        CALLBOARD_SECRET_KEY: Buffer.alloc(32, 7).toString("base64")
      }
      return yield* startCallboard({ dataDirectory: yield* temporaryDirectory, env })
    })
  const [web] = yield* Effect.all([start("web"), start("worker")], { concurrency: 2 })
  const { id, jobId } = yield* web.create("counting", { gate })
  yield* web.jobWhen(id, (job) => job.progress.stepName === "count")
  const kept = Effect.flatMap(PgClient.PgClient, (sql) => sql`SELECT FROM live_views`).pipe(
    Effect.provide(PgClient.layer(clientOptions(address)))
  )
  const open = Effect.sync(() => writeFileSync(gate, ""))
  return { web, path: `/jobs/${jobId}`, id, kept, open }
})

it.live(
  "streams pictures through a process that does not run the job, until the job ends",
  () =>
    Effect.gen(function* () {
      const { id, open, path, kept, web } = yield* apart
      expect(yield* kept).toEqual([])

      const parts: Array<string> = []
      const read = async () => {
        const { body } = await fetch(new URL(`${path}/live.mjpeg`, web.url))
        for await (const chunk of body!) parts.push(Buffer.from(chunk).toString("latin1"))
      }
      const reading = read()
      const pictures = () => parts.join("").split("Content-Type: image/jpeg").length - 1
      yield* eventually(Effect.sync(() => (pictures() > 3 ? true : undefined)))
      const still = yield* Effect.promise(async () => (await fetch(new URL(`${path}/live.jpg`, web.url))).bytes())
      yield* open
      yield* Effect.promise(() => reading)

      expect([...still.subarray(0, 2)]).toEqual([0xff, 0xd8])
      expect(new Set(parts.join("").split("Content-Type")).size).toBeGreaterThan(3)
      expect(yield* web.jobEnded(id)).toMatchObject({ status: "completed" })
      yield* eventually(Effect.map(kept, (rows) => (rows.length === 0 ? true : undefined)))
    }),
  LONG_MS
)

it.live(
  "shows the browser on the job's page and on one of its own, as people see them",
  () =>
    Effect.gen(function* () {
      const { open, path, web } = yield* apart
      const browser = yield* openBrowser
      const context = yield* Effect.promise(() => browser.newContext({ colorScheme: "dark" }))
      const page = yield* Effect.promise(() => context.newPage())
      const complaints: Array<string> = []
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
      const seen = yield* Effect.promise(async () => {
        const picture = page.getByRole("img", { name: "The page in the browser of Counting" })
        const source = () => picture.getAttribute("src")
        const violations = async () => (await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)
        await page.goto(new URL(path, web.url).href)
        await picture.waitFor()
        const first = await source()
        await page.waitForFunction((old) => document.querySelector(".live-picture")?.getAttribute("src") !== old, first)
        const small = await violations()
        await page.getByRole("link", { name: "Watch live" }).click()
        await page.locator(".live-picture[data-stream]").waitFor()
        await page.waitForFunction(
          () => document.querySelector<HTMLImageElement>(".live-picture")!.naturalWidth === 1000
        )
        return { small, large: await violations() }
      })
      yield* open
      yield* Effect.promise(() => page.getByText("No browser of this job runs now").waitFor())

      expect(seen).toEqual({ small: [], large: [] })
      expect(complaints).toEqual([])
    }),
  LONG_MS
)
