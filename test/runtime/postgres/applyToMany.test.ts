import { expect } from "bun:test"
import { DateTime, Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { JobFilter } from "../../../src/domain/JobFilter.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { type BulkAction, Jobs } from "../../../src/domain/Jobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim, complete, disagreements, fail, firstClaim, get } from "./builders.ts"
import { counted } from "./rowsRead.ts"

const inDatabase = databaseTests(idle)

const until = JobId.make("ffffffff-ffff-7fff-bfff-ffffffffffff")
const apply = (action: BulkAction, filter: JobFilter, range = {}) =>
  Effect.flatMap(Jobs, (jobs) => jobs.applyToMany(action, filter, { until, most: 100, ...range }))
const statusOf = ({ id }: { readonly id: JobId }) => Effect.map(get(id), ({ status }) => status)

inDatabase(
  "cancels what waits, asks what runs to stop, and passes over what has ended",
  Effect.gen(function* () {
    const jobs = yield* Effect.forEach([1, 2, 3, 4], () => add())
    const [done, running] = yield* claim(2)
    yield* complete(done!)
    const named = { ids: [done!.id, running!.id] }
    expect(yield* apply("cancel", { ...named, status: ["pending", "completed"] })).toEqual({
      seen: 1,
      changed: 0,
      held: 0
    })

    expect(yield* apply("cancel", {})).toEqual({ seen: 4, changed: 3, held: 0 })

    expect(yield* Effect.forEach(jobs, statusOf)).toEqual(["completed", "in_progress", "cancelled", "cancelled"])
    expect((yield* get(running!.id)).cancelRequestedAt).toBeDefined()
    expect(yield* apply("cancel", {})).toEqual({ seen: 4, changed: 0, held: 0 })
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "retries what was planned for later and never started at its time, and what has started at once",
  Effect.gen(function* () {
    const later = (yield* DateTime.now).pipe(DateTime.add({ hours: 6 }))
    const [alone, one] = [yield* add({ runAt: later }), yield* add({ runAt: later })]
    const started = yield* add()
    yield* fail(yield* firstClaim)
    const before = (yield* DateTime.now).epochMilliseconds
    yield* apply("cancel", {})
    // As after a try that was to be repeated later.
    yield* (yield* SqlClient.SqlClient)`
      UPDATE script_jobs SET run_at = now() + interval '1 day' WHERE id = ${started.id}::uuid`

    yield* (yield* Jobs).retry(alone.id, {})
    expect(yield* apply("retry", {})).toEqual({ seen: 3, changed: 2, held: 0 })

    for (const { id } of [alone, one]) {
      const { expiresAt, runAt, status } = yield* get(id)
      expect([status, runAt.epochMilliseconds]).toEqual(["pending", later.epochMilliseconds])
      expect(expiresAt.epochMilliseconds).toBeGreaterThan(later.epochMilliseconds)
    }
    expect((yield* get(started.id)).runAt.epochMilliseconds).toBeLessThan(before + 60_000)
    expect((yield* claim(9)).map(({ id }) => id)).toEqual([started.id])
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "goes on after the last job of a part, and ends with the first part that is not full",
  Effect.gen(function* () {
    const [a, b, c, d] = yield* Effect.forEach([1, 2, 3, 4], () => add())

    expect(yield* apply("cancel", {}, { most: 2, until: c!.id })).toEqual({ seen: 2, changed: 2, held: 0, next: b!.id })
    expect(yield* apply("cancel", {}, { most: 2, until: c!.id, after: b!.id })).toEqual({
      seen: 1,
      changed: 1,
      held: 0
    })
    expect(yield* Effect.forEach([a!, b!, c!, d!], statusOf)).toEqual([
      "cancelled",
      "cancelled",
      "cancelled",
      "pending"
    ])
    expect(yield* apply("cancel", { jobType: "none" })).toEqual({ seen: 0, changed: 0, held: 0 })
  })
)

inDatabase(
  "retries one of the jobs with the same dedupe key, and none beside a live one",
  Effect.gen(function* () {
    const request = { dedupeKey: "menu" }
    const completed = yield* add(request)
    yield* complete(yield* firstClaim)
    const first = yield* add(request)
    yield* fail(yield* firstClaim)
    const second = yield* add(request)
    yield* fail(yield* firstClaim)
    const free = yield* add()
    yield* fail(yield* firstClaim)

    expect(yield* apply("retry", {})).toEqual({ seen: 4, changed: 2, held: 0 })
    expect(yield* Effect.forEach([completed, first, second, free], statusOf)).toEqual([
      "completed",
      "pending",
      "failed",
      "pending"
    ])
    expect(yield* apply("retry", {})).toEqual({ seen: 4, changed: 0, held: 0 })
  })
)

inDatabase(
  "retries jobs together with what they need, and cancels them together",
  Effect.gen(function* () {
    const needed = yield* add()
    const dependent = yield* add({ dependsOn: [needed.id] })
    yield* fail(yield* firstClaim)

    expect(yield* apply("retry", { status: ["failed"] })).toEqual({ seen: 2, changed: 2, held: 0 })
    expect(yield* Effect.forEach([needed, dependent], statusOf)).toEqual(["pending", "pending"])
    expect((yield* claim()).map(({ id }) => id)).toEqual([needed.id])

    yield* apply("cancel", { status: ["pending"] })
    expect(yield* statusOf(dependent)).toBe("cancelled")
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "leaves alone what failed again since it was asked to retry",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const before = yield* add()
    const again = yield* add()
    yield* Effect.forEach(yield* claim(2), (each) => fail(each))
    const asked = new Date(Date.now() + 60_000)
    yield* sql`UPDATE script_jobs SET completed_at = ${asked} WHERE id = ${again.id}::uuid`

    expect(yield* apply("retry", {}, { endedBefore: asked })).toEqual({ seen: 2, changed: 1, held: 0 })

    expect(yield* Effect.forEach([before, again], statusOf)).toEqual(["pending", "failed"])
  })
)

for (const known of ["before it", "in it"])
  inDatabase(
    `reads as little for each part of a flood as for the last one, when the planner knows the jobs ${known}`,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const waiting = 4_000
      const labelled = yield* add({ labels: ["rare"] })
      yield* sql`ANALYZE script_jobs, job_queue`
      yield* sql`
      INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms, expires_at)
      SELECT overlay(gen_random_uuid()::text PLACING '7' FROM 15 FOR 1)::uuid, 'JOB_20261121_000000_' || lpad(to_hex(n), 8, '0'),
        CASE WHEN n % 2 = 0 THEN 'idle' ELSE 'other' END, 'default', '{}', 1, 3, 1000, now() + interval '1 day'
      FROM generate_series(1, ${waiting}) n`
      if (known === "in it") yield* sql`ANALYZE script_jobs, job_queue`
      const rowsOfParts = (filter: JobFilter) =>
        Effect.gen(function* () {
          const read: Array<number> = []
          let after: JobId | undefined
          do {
            const part = apply("cancel", filter, { ...(after && { after }) })
            read.push(yield* counted(Effect.map(part, ({ next }) => (after = next))))
          } while (after !== undefined)
          return Math.max(...read)
        })

      // Plans belong to a connection, so all of it is one transaction.
      const most = yield* sql.withTransaction(
        Effect.all([
          rowsOfParts({ label: "rare" }),
          rowsOfParts({ jobType: "idle", status: ["pending", "in_progress"] }),
          rowsOfParts({ label: "rare" }),
          rowsOfParts({ jobType: "idle", label: "none" }),
          rowsOfParts({ jobType: "idle", status: ["failed", "cancelled"] })
        ])
      )

      expect(yield* statusOf(labelled)).toBe("cancelled")
      const left = sql`SELECT DISTINCT job_type, status FROM script_jobs ORDER BY 1`
      expect(yield* left).toEqual([
        { jobType: "idle", status: "cancelled" },
        { jobType: "other", status: "pending" }
      ])
      expect(Math.max(...most)).toBeLessThan(waiting / 2)
    })
  )
