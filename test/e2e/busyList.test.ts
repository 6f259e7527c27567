import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import type { Page } from "playwright"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import { complaintsOf, look } from "../support/boardWindow.ts"
import { openBrowser } from "../support/browser.ts"
import { startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

const LONG_MS = 120_000

const JOBS = 20

/** Each of them changes all jobs: 200 updates a second, for five seconds. */
const ROUNDS = 50
const BUSY = `DO $$ BEGIN
  FOR round IN 1..${ROUNDS} LOOP
    UPDATE script_jobs SET progress_message = 'item ' || round || ' of 1000';
    COMMIT;
    PERFORM pg_sleep(0.1);
  END LOOP;
END $$`
const LAST = `item ${ROUNDS} of 1000`

/** Jobs that run as far as anybody can see: their worker is elsewhere. */
const RUNNING = [
  "SET session_replication_role = replica",
  `UPDATE script_jobs SET status = 'in_progress', attempt = 1, run_at = now(), started_at = now(),
     timeout_at = now() + interval '1 day', lease_owner = 'elsewhere', lease_token = gen_random_uuid(),
     lease_expires_at = now() + interval '1 day'`,
  `INSERT INTO job_leases (id, token, owner, boot, lane, expires_at, timeout_at, organisation_id)
   SELECT id, lease_token, lease_owner, gen_random_uuid(), lane, lease_expires_at, timeout_at, organisation_id
   FROM script_jobs`,
  "DELETE FROM job_queue",
  "SET session_replication_role = origin"
]

interface MadeJob {
  readonly id: string
  readonly jobId: string
}

/** A board over jobs that run, and what makes them change. */
const startBusyBoard = Effect.gen(function* () {
  const address = yield* TestPostgres.freshDatabase()
  const env = { DATABASE_URL: TestPostgres.urlOf(address), CALLBOARD_ROLE: "web" }
  const callboard = yield* startCallboard({ dataDirectory: yield* temporaryDirectory, env })
  const types = yield* callboard.json<{ data: ReadonlyArray<{ name: string; example: object }> }>("/api/jobs/types")
  const type = types.body.data.find(({ name }) => name === "add-item-tags")!
  const jobs = Array.from({ length: JOBS }, () => ({ jobType: type.name, input: type.example }))
  const made = yield* callboard.post<{ data: { jobs: ReadonlyArray<MadeJob> } }>("/api/jobs/batch", { jobs })
  const services = yield* Layer.build(PgClient.layer({ ...clientOptions(address), maxConnections: 1 }))
  const sql = yield* PgClient.PgClient.pipe(Effect.provideContext(services))
  for (const statement of RUNNING) yield* sql.unsafe(statement)
  return { callboard, jobs: made.body.data.jobs, beBusy: sql.unsafe(BUSY) }
})

/** Runs in the page: when each row got something new. Times tick by themselves. */
const recordRows = () => {
  const times: Record<string, Array<number>> = {}
  Object.assign(window, { times })
  new MutationObserver((changes) => {
    const places = changes.map(({ target }) => (target instanceof Element ? target : target.parentElement))
    const rows = places.map((place) => (place?.closest("time") ? undefined : place?.closest("tr")))
    for (const id of new Set(rows.flatMap((row) => (row ? [row.id] : [])))) {
      times[id] = [...(times[id] ?? []), performance.now()]
    }
  }).observe(document.querySelector("table.jobs")!, {
    childList: true,
    subtree: true,
    characterData: true,
    attributes: true
  })
}

/** Updates of the row that changed most, and how long that took. */
const busiestRow = (page: Page) =>
  page.evaluate(() => {
    const times = Object.values((window as unknown as { times: Record<string, Array<number>> }).times)
    const busiest = times.toSorted((a, b) => b.length - a.length)[0] ?? []
    return { updates: busiest.length, seconds: ((busiest.at(-1) ?? 0) - (busiest[0] ?? 0)) / 1_000 }
  })

/** What somebody who works with the page would miss. */
const stateOf = (page: Page) =>
  page.evaluate(() => ({
    focus: document.activeElement?.id ?? "",
    ticked: [...document.querySelectorAll<HTMLInputElement>(".job-tick input:checked")].map(({ value }) => value),
    open: [...document.querySelectorAll("details[open]")].map(({ id, className }) => id || className),
    typed: document.querySelector<HTMLInputElement>("details[open] input[name=reason]")?.value,
    scroll: window.scrollY
  }))

it.live(
  "keeps focus, ticks, open details and scroll while a list gets 200 updates a second, and brings all tabs up to date",
  () =>
    Effect.gen(function* () {
      const { beBusy, callboard, jobs } = yield* startBusyBoard
      const browser = yield* openBrowser
      const open = (path: string) =>
        look(async () => {
          const page = await browser.newPage({ viewport: { width: 1000, height: 400 } })
          const complaints = complaintsOf(page)
          await page.goto(new URL(path, callboard.url).href)
          await page.locator('#live[data-state="live"]').waitFor()
          return { page, complaints }
        })
      const [ticked, focused, watched] = [jobs[2]!, jobs[4]!, jobs[6]!]
      const list = yield* open("/jobs")
      const other = yield* open("/jobs?type=add-item-tags")
      const job = yield* open(`/jobs/${watched.jobId}`)
      const fleet = yield* open("/fleet")
      yield* look(async () => {
        await list.page.evaluate(recordRows)
        await list.page.locator(`#tick-${ticked.id}`).check()
        await list.page.locator(`#tick-${focused.id}`).focus()
        await list.page.evaluate(() => window.scrollTo(0, 300))
        await job.page.locator("#job-engineers > summary").click()
        await job.page.evaluate(() => window.scrollTo(0, 200))
        const lane = fleet.page.getByRole("row", { name: /^In a browser/u })
        await lane.getByText("Pause…").click()
        await lane.getByRole("textbox").fill("the portal is down")
      })
      const states = look(() => Promise.all([list, job, fleet].map(({ page }) => stateOf(page))))
      const before = yield* states

      yield* beBusy
      yield* look(async () => {
        for (const { page } of [list, other]) {
          for (const { id } of jobs) await page.locator(`#job-${id}`, { hasText: LAST }).waitFor()
        }
        await job.page.getByText(LAST).first().waitFor()
      })

      const after = yield* states
      const { seconds, updates } = yield* look(() => busiestRow(list.page))
      expect(before[0]).toMatchObject({ focus: `tick-${focused.id}`, ticked: [ticked.id], scroll: 300 })
      expect(before[1]!.open).toContain("job-engineers")
      expect(before[2]).toMatchObject({ open: ["pause"], typed: "the portal is down" })
      expect(after).toEqual(before)
      // One a second, the first of them at once; a busy machine may leave one out.
      expect(updates).toBeGreaterThanOrEqual(Math.max(3, Math.round((seconds * 2) / 3)))
      expect(updates).toBeLessThanOrEqual(Math.round(seconds) + 1)
      expect([list, other, job, fleet].flatMap(({ complaints }) => complaints)).toEqual([])
    }),
  LONG_MS
)

it.live(
  "says that it is not live while the server is away, and shows what happened when it is back",
  () =>
    Effect.gen(function* () {
      const address = yield* TestPostgres.freshDatabase()
      const dataDirectory = yield* temporaryDirectory
      const start = (PORT = "0") =>
        startCallboard({
          dataDirectory,
          env: { DATABASE_URL: TestPostgres.urlOf(address), CALLBOARD_ROLE: "web", PORT }
        })
      const first = yield* start()
      const types = yield* first.json<{ data: ReadonlyArray<{ name: string; example: object }> }>("/api/jobs/types")
      const example = types.body.data.find(({ name }) => name === "add-item-tags")!.example
      const { id } = yield* first.create("add-item-tags", example)
      const browser = yield* openBrowser
      const page = yield* look(() => browser.newPage())
      const live = (state: string) => page.locator(`#live[data-state="${state}"]`).waitFor()
      yield* look(() => page.goto(new URL("/jobs", first.url).href).then(() => live("live")))

      yield* first.signal("SIGTERM")
      yield* look(() => live("lost"))
      const second = yield* start(first.url.port)
      yield* second.post(`/api/jobs/${id}/cancel`, {})
      yield* look(() => live("live"))
      yield* look(() => page.locator(`#job-${id}`, { hasText: "Cancelled" }).waitFor())

      expect(yield* look(() => page.locator("tr.job").count())).toBe(1)
    }),
  LONG_MS
)
