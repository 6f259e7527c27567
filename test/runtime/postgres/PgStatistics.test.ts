import { expect } from "bun:test"
import { Context, Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { LOOKED_AT, Statistics } from "../../../src/domain/Statistics.ts"
import * as PgStatistics from "../../../src/runtime/postgres/PgStatistics.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scripted } from "../../support/scripts.ts"
import { add, claim, complete, fail } from "./builders.ts"

const other = scripted("other", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, other)

const statistics = Effect.map(Layer.build(PgStatistics.layer), (context) => Context.get(context, Statistics))

const report = (organisationId = "default") =>
  Effect.flatMap(statistics, ({ read }) => read).pipe(
    Effect.provideService(CurrentCaller, Option.some({ ...localCaller, organisationId })),
    Effect.scoped
  )

inDatabase(
  "counts what waits, runs and ended, and how long completed jobs took, of one organisation",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* Effect.forEach([1, 2, 3, 4, 5], () => add())
    const [first, second, third] = yield* claim(4)
    yield* complete(first!)
    yield* complete(second!)
    yield* fail(third!)
    const old = yield* add({ jobType: "other" })
    yield* (yield* Jobs).cancel(old.id)
    const foreign = yield* add()
    // Nothing but the times of ended jobs and the organisation is changed, and no state.
    yield* sql`ALTER TABLE script_jobs DISABLE TRIGGER USER`
    yield* sql`UPDATE script_jobs SET started_at = completed_at - interval '2 seconds' WHERE id = ${first!.id}::uuid`
    yield* sql`UPDATE script_jobs SET started_at = completed_at - interval '4 seconds' WHERE id = ${second!.id}::uuid`
    yield* sql`UPDATE script_jobs SET completed_at = now() - interval '2 hours' WHERE id = ${old.id}::uuid`
    yield* sql`UPDATE script_jobs SET organisation_id = 'other' WHERE id = ${foreign.id}::uuid`
    yield* sql`UPDATE job_queue SET organisation_id = 'other' WHERE id = ${foreign.id}::uuid`
    yield* sql`ALTER TABLE script_jobs ENABLE TRIGGER USER`

    const { basis, lanes, successRate, throughput, types } = yield* report()
    const elsewhere = yield* report("other")

    expect(basis).toMatchObject({ jobs: 6, isWhole: true })
    expect(lanes.find(({ lane }) => lane === "default")?.counts).toEqual({
      pending: 1,
      in_progress: 1,
      completed: 2,
      failed: 1,
      cancelled: 1
    })
    expect(throughput).toEqual({
      minute: { completed: 2, failed: 1, cancelled: 0, isEstimate: false },
      hour: { completed: 2, failed: 1, cancelled: 0, isEstimate: false },
      day: { completed: 2, failed: 1, cancelled: 1, isEstimate: false }
    })
    expect(successRate).toBeCloseTo(2 / 3)
    expect(types).toEqual([
      {
        jobType: "idle",
        completed: 2,
        failed: 1,
        cancelled: 0,
        successRate: 2 / 3,
        durationMs: { p50: 3_000, p95: 3_900 }
      },
      { jobType: "other", completed: 0, failed: 0, cancelled: 1 }
    ])
    expect(elsewhere.basis.jobs).toBe(1)
    expect(elsewhere.types).toEqual([])
  })
)

inDatabase(
  "looks at no more than the newest jobs, and estimates from them what is older",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const job = yield* add()
    yield* sql`ALTER TABLE script_jobs DISABLE TRIGGER USER`
    // One job every 0.1 seconds up to now, more than are looked at. Ids are in the order of creation.
    yield* sql`
      INSERT INTO script_jobs (id, job_id, job_type, status, lane, input_payload, total_steps, max_retries, timeout_ms,
        expires_at, created_at, started_at, completed_at)
      SELECT lpad(to_hex(1000000 - n), 32, '0')::uuid, 'JOB_20260101_000000_' || lpad(to_hex(n), 8, '0'), job_type,
        'completed', lane, '{}', 1, 0, 1000, now(), at, at, at
      FROM script_jobs, generate_series(1, ${LOOKED_AT + 100}) n, LATERAL (SELECT now() - n * interval '0.1 second' AS at) t
      WHERE script_jobs.id = ${job.id}::uuid`
    yield* sql`DELETE FROM script_jobs WHERE id = ${job.id}::uuid`
    yield* sql`ALTER TABLE script_jobs ENABLE TRIGGER USER`
    yield* sql`ANALYZE script_jobs`

    const { basis, throughput } = yield* report()
    const plan = yield* sql<Record<string, string>>`
      EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, COSTS OFF) SELECT lane FROM script_jobs
      WHERE (organisation_id, id) BETWEEN ('none', '00000000-0000-0000-0000-000000000000')
        AND ('none', 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      ORDER BY organisation_id DESC, id DESC LIMIT ${LOOKED_AT}`

    expect(basis).toMatchObject({ jobs: LOOKED_AT, isWhole: false })
    // 20,000 jobs reach back 2,000 seconds: 600 a minute.
    expect(throughput.minute.isEstimate).toBe(false)
    expect(throughput.minute.completed).toBeWithin(500, 601)
    expect(throughput.day.isEstimate).toBe(true)
    expect(throughput.day.completed).toBeWithin(820_000, 880_000)
    // An organisation without jobs costs nothing either.
    expect(JSON.stringify(plan)).toContain("Index Scan Backward using script_jobs_organisation")
  })
)

inDatabase(
  "counts the uses of an endpoint that will go away, of each organisation",
  Effect.gen(function* () {
    const { countDeprecatedUse } = yield* statistics
    const use = (organisationId: string) =>
      Effect.provideService(
        countDeprecatedUse("POST /api/old"),
        CurrentCaller,
        Option.some({ ...localCaller, organisationId })
      )
    const sql = yield* SqlClient.SqlClient
    yield* sql`DELETE FROM deprecated_uses`

    yield* Effect.all([use("default"), use("default"), use("other")], { concurrency: 3 })

    expect((yield* report()).deprecated).toMatchObject([{ endpoint: "POST /api/old", uses: 2 }])
    expect((yield* report("other")).deprecated).toMatchObject([{ uses: 1 }])
    expect((yield* report("none")).deprecated).toEqual([])
  }).pipe(Effect.scoped)
)
