import { expect } from "bun:test"
import { DateTime, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Lanes } from "../../../src/domain/Lanes.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scripted } from "../../support/scripts.ts"
import { add, claim } from "./builders.ts"

const other = scripted("other", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, other)

/** Keeps the readable ids of one call apart from those of the next. */
let calls = 0

/** Ready jobs of an organisation; the first is the oldest. */
const addTo = (organisation: string, count: number, columns: { priority?: number; jobType?: string } = {}) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql<{ id: string }>`
      INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms,
        expires_at, run_at, organisation_id, priority)
      SELECT gen_random_uuid(), 'JOB_20261121_000000_' || lpad(to_hex(${++calls * 100_000} + n), 8, '0'), ${columns.jobType ?? "idle"},
        'default', '{}', 1, 3, 1000, now() + interval '1 day', now() - (100000 - n) * interval '1 second',
        ${organisation}, ${columns.priority ?? 0}
      FROM generate_series(1, ${count}) n RETURNING id`
  )

const organisations = (limit: number) => Effect.map(claim(limit), (claims) => claims.map((each) => each.organisationId))

inDatabase(
  "gives one organisation's single job its turn beside another's ten thousand",
  Effect.gen(function* () {
    yield* addTo("big", 10_000)
    yield* addTo("small", 1)

    const sql = yield* SqlClient.SqlClient
    yield* sql`ANALYZE job_queue, script_jobs`
    const read = Effect.map(
      sql<{ rows: number }>`
        SELECT (seq_tup_read + idx_tup_fetch)::int AS rows FROM pg_stat_xact_user_tables WHERE relname = 'job_queue'`,
      ([row]) => row!.rows
    )
    const claimed = sql<{ organisationId: string }>`
      SELECT organisation_id FROM claim_jobs('default', 4, '{idle}', '', 'w', gen_random_uuid(), interval '1 minute')`
    const [before, first, after] = yield* sql.withTransaction(Effect.all([read, claimed, read]))

    expect(first.map((row) => row.organisationId).toSorted()).toEqual(["big", "big", "big", "small"])
    // Ten thousand that wait are not looked at for four of them.
    expect(after - before).toBeLessThan(200)
    expect(yield* organisations(4)).toEqual(["big", "big", "big", "big"])
  })
)

inDatabase(
  "goes round over many claims of one, and starts over behind the last",
  Effect.gen(function* () {
    yield* Effect.forEach(["a", "b", "c"], (name) => addTo(name, 3))
    const order: Array<string> = []
    for (let turn = 0; turn < 9; turn++) order.push(...(yield* organisations(1)))

    const start = "abc".indexOf(order[0]!)
    expect(order.join("")).toBe("abc".repeat(4).slice(start, start + 9))
    expect(yield* organisations(1)).toEqual([])
  })
)

inDatabase(
  "fills a claim in fair shares, whatever remains of a share",
  Effect.gen(function* () {
    yield* addTo("a", 1)
    yield* addTo("b", 2)
    yield* addTo("c", 20)

    const counts = Map.groupBy(yield* organisations(12), (name) => name)

    expect([...counts].map(([name, all]) => `${name}${all.length}`).toSorted()).toEqual(["a1", "b2", "c9"])
  })
)

inDatabase(
  "starts nothing of a lower priority while there is a higher one, in any organisation",
  Effect.gen(function* () {
    yield* addTo("a", 1, { priority: 5 })
    yield* addTo("b", 20, { priority: 5 })
    yield* addTo("a", 20)
    yield* addTo("c", 1, { priority: 9 })
    const sql = yield* SqlClient.SqlClient

    yield* claim(15)

    const running = yield* sql`
      SELECT priority, count(*)::int AS jobs FROM script_jobs WHERE status = 'in_progress' GROUP BY 1 ORDER BY 1`
    expect(running).toEqual([
      { priority: 5, jobs: 14 },
      { priority: 9, jobs: 1 }
    ])
  })
)

inDatabase(
  "takes the oldest of an organisation first",
  Effect.gen(function* () {
    const made = yield* addTo("a", 5)

    expect((yield* claim(3)).map(({ id }) => String(id))).toEqual(made.slice(0, 3).map(({ id }) => id))
  })
)

inDatabase(
  "does not let an organisation that cannot go on use up the others' turns",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* (yield* Lanes).pauseType("other", {})
    yield* addTo("paused", 3, { jobType: "other" })
    yield* addTo("unknown", 3, { jobType: "of another worker" })
    yield* addTo("late", 3)
    yield* sql`UPDATE script_jobs SET expires_at = now() WHERE organisation_id = 'late'`
    yield* addTo("zulu", 4)

    const order: Array<string> = []
    for (let turn = 0; turn < 4; turn++) order.push(...(yield* organisations(1)))

    expect(order).toEqual(["zulu", "zulu", "zulu", "zulu"])
  })
)

inDatabase(
  "starts a delayed job at its time, in the order of priority",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const queue = yield* JobQueue
    const now = yield* DateTime.now
    const runAt = (minutes: number) => DateTime.addDuration(now, Duration.minutes(minutes))
    const urgent = yield* add({ runAt: runAt(10), priority: 5 })
    const soon = yield* add({ runAt: runAt(5) })
    const late = yield* add({ runAt: runAt(50) })
    const dueInMs = (yield* queue.beat([], "claiming")).dueInMs.get("default")!
    expect(dueInMs).toBeGreaterThan(290_000)
    expect(dueInMs).toBeLessThanOrEqual(300_000)
    expect(yield* claim()).toEqual([])

    // A quarter of an hour later.
    yield* sql`UPDATE job_queue SET run_at = run_at - interval '15 minutes'`

    expect((yield* queue.beat([], "claiming")).dueInMs.get("default")).toBeLessThanOrEqual(0)
    expect((yield* claim()).map(({ id }) => id)).toEqual([urgent.id, soon.id])
    expect(yield* sql`SELECT id, state FROM job_queue`).toEqual([{ id: late.id, state: "scheduled" }])
  })
)
