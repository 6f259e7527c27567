import { expect } from "bun:test"
import { DateTime, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { type CreateJob, Jobs } from "../../../src/domain/Jobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"

const inDatabase = databaseTests(idle)

const odd = `a "b" \\c, {d}\nNULL`
const later = DateTime.makeUnsafe("2100-01-01T00:00:00Z")
const end = DateTime.makeUnsafe("2101-01-01T00:00:00Z")

/** One that says nothing, and one that says everything. */
const bare: CreateJob = { jobType: "idle", input: {} }
const full: CreateJob = {
  ...bare,
  priority: -7,
  runAt: later,
  expiresAt: end,
  maxRetries: 9,
  timeoutMs: 5_000,
  concurrencyKey: `k ${odd}`,
  restaurantId: `r ${odd}`,
  clientRef: `c ${odd}`,
  labels: [odd, "NULL", "x"]
}

interface Stored {
  readonly id: string
  readonly jobId: string
  readonly createdAt: Date
  readonly runAt: Date
  readonly expiresAt: Date
}

const stored = Effect.flatMap(SqlClient.SqlClient, (sql) => sql<Stored>`SELECT * FROM script_jobs ORDER BY id`)

const ofFull = {
  ...{ priority: -7, runAt: DateTime.toDate(later), expiresAt: DateTime.toDate(end), maxRetries: 9, timeoutMs: 5_000 },
  ...{ concurrencyKey: `k ${odd}`, restaurantId: `r ${odd}`, clientRef: `c ${odd}`, labels: [odd, "NULL", "x"] }
}
const ofBare = { priority: 0, concurrencyKey: null, restaurantId: null, clientRef: null, labels: [], createdBy: null }

inDatabase(
  "stores of each job what was asked for it, whether all of a batch have it, some, or none",
  Effect.gen(function* () {
    const { createBatch } = yield* Jobs
    yield* createBatch([bare, full, bare])
    yield* createBatch([{ ...full, concurrencyKey: "one" }, full])

    const rows = yield* stored

    expect(rows).toMatchObject([ofBare, ofFull, ofBare, { ...ofFull, concurrencyKey: "one" }, ofFull])
    const { createdAt, expiresAt, runAt } = rows[0]!
    expect([runAt, expiresAt.getTime()]).toEqual([createdAt, createdAt.getTime() + 24 * 3_600_000])
  })
)

inDatabase(
  "stores what a job without dependencies says of them, in a batch too",
  Effect.gen(function* () {
    const { createBatch } = yield* Jobs
    yield* createBatch([{ ...bare, onDependencyFailure: "run" }, bare])

    expect(yield* stored).toMatchObject([{ onDependencyFailure: "run" }, { onDependencyFailure: "fail" }])
  })
)

inDatabase(
  "shows a job that was just created as it is stored",
  Effect.gen(function* () {
    const { create, get } = yield* Jobs
    const requests = [bare, full, { ...bare, onDependencyFailure: "run" as const }]
    const made = yield* Effect.forEach(requests, (request) => create(request), { concurrency: 3 })

    for (const { job } of made) expect(job).toEqual(yield* get(job.id))
    expect(made.map(({ job }) => job.onDependencyFailure)).toEqual(["fail", "fail", "run"])
  })
)

inDatabase(
  "gives all jobs of a call other readable ids when one is taken",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { create } = yield* Jobs
    const { job } = yield* create(bare)
    const [one, two] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()]
    const free = "JOB_20260101_000000_0000abcd"
    const shared = { job_type: "idle", lane: "default", total_steps: 0, max_retries: 3, timeout_ms: 60_000 }
    const columns = { id: `{${one},${two}}`, job_id: `{${job.jobId},${free}}` }

    const [{ renamed } = { renamed: {} }] = yield* sql<{ renamed: Readonly<Record<string, string>> }>`
      SELECT insert_plain_jobs(
        ${JSON.stringify({ ...shared, organisation_id: "default" })}::text::json,
        ${JSON.stringify(columns)}::text::json, '{"{}","{}"}', interval '1 day'
      ) AS renamed`

    const ids = new Map((yield* stored).map(({ id, jobId }) => [id, jobId]))
    expect([ids.get(one), ids.get(two)]).toEqual([renamed[one], renamed[two]])
    expect(renamed[one]).not.toBe(job.jobId)
    expect(renamed[two]).toMatch(/^JOB_20260101_000000_[0-9a-f]{8}$/u)
  })
)
