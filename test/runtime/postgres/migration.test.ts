/** A database that the first release filled. */
import { afterAll, beforeAll, expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Duration, Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import firstRelease from "../../../migrations/0001_script_jobs.sql" with { type: "text" }
import type { ReadableJobId } from "../../../src/domain/JobId.ts"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { migrate } from "../../../src/runtime/postgres/migrations.ts"
import { clientOptions } from "../../../src/runtime/postgres/PgDatabase.ts"
import * as PgJobQueue from "../../../src/runtime/postgres/PgJobQueue.ts"
import * as PgJobReports from "../../../src/runtime/postgres/PgJobReports.ts"
import * as PgJobs from "../../../src/runtime/postgres/PgJobs.ts"
import * as PgUpkeep from "../../../src/runtime/postgres/PgUpkeep.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { it } from "../../support/effect.ts"
import { idle, typesLayer } from "../../support/scripts.ts"
import { TestPostgres } from "../../support/TestPostgres.ts"
import { complete, disagreements } from "./builders.ts"

const database = Layer.unwrap(
  Effect.map(TestPostgres.freshDatabase(), (address) => PgClient.layer(clientOptions(address)))
)
const worker = { name: "old-worker", bootId: Bun.randomUUIDv7() }
const runtime = ManagedRuntime.make(
  Layer.mergeAll(
    PgJobQueue.layer({ worker, leaseTime: Duration.seconds(30), places: { default: 8 } }),
    PgUpkeep.layer(worker),
    PgJobs.layer,
    PgJobReports.layer
  ).pipe(
    Layer.provideMerge(
      Layer.mergeAll(database, typesLayer(idle), SecretBox.layer(Redacted.make(Buffer.alloc(32, 7).toString("base64"))))
    )
  )
)
afterAll(() => runtime.dispose())

const inOldDatabase = <A, E>(
  name: string,
  body: Effect.Effect<A, E, ManagedRuntime.ManagedRuntime.Services<typeof runtime>>
) => it.live(name, () => Effect.promise(() => runtime.runPromise(body)))

const refOf = (name: string) => `JOB_20200101_000000_0000000${name}` as ReadableJobId
const [waiting, delayed, running, completed, failed, cancelled, retrying] = ["1", "2", "3", "4", "5", "6", "7"].map(
  refOf
)

const seed = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of firstRelease.split(/^-- next statement$/mu)) yield* sql.unsafe(statement)
  yield* sql`
    CREATE TABLE callboard_migrations (
      migration_id integer PRIMARY KEY NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), name text NOT NULL
    )`
  yield* sql`INSERT INTO callboard_migrations (migration_id, name) VALUES (1, 'script_jobs')`
  yield* sql`
    INSERT INTO script_jobs (id, job_id, job_type, lane, status, input_payload, total_steps, max_retries, timeout_ms,
      expires_at, run_at, attempt, retry_count, priority, result, error_code, error_message, created_at, updated_at,
      started_at, timeout_at, completed_at, lease_owner, lease_boot, lease_token, lease_expires_at, revision)
    SELECT gen_random_uuid(), 'JOB_20200101_000000_0000000' || name, 'idle', 'default', status, '{"text": "old"}', 2, 3,
      1000, now() + interval '1 day', now() + delay * interval '1 hour', attempt, attempt / 2, 4,
      CASE status WHEN 'completed' THEN '{"ok": 1}'::jsonb END, code, CASE WHEN code IS NOT NULL THEN 'gone' END,
      now() - interval '1 hour', now() - interval '1 hour', CASE WHEN attempt > 0 THEN now() - interval '1 hour' END,
      CASE status WHEN 'in_progress' THEN now() + interval '1 hour' END,
      CASE WHEN status IN ('completed', 'failed', 'cancelled') THEN now() - interval '59 minutes' END,
      CASE WHEN held IS NOT NULL THEN 'old-worker' END, held::uuid, held::uuid, CASE WHEN held IS NOT NULL THEN now() - interval '1 minute' END, 7
    FROM (VALUES
      (1, 'pending', 0, -1, NULL, NULL), (2, 'pending', 0, 1, NULL, NULL),
      (3, 'in_progress', 1, -1, NULL, '11111111-1111-4111-8111-111111111111'), (4, 'completed', 2, -1, NULL, NULL),
      (5, 'failed', 2, -1, 'TIMEOUT', NULL), (6, 'cancelled', 1, -1, NULL, NULL), (7, 'pending', 1, 1, 'TIMEOUT', NULL)
    ) old (name, status, attempt, delay, code, held)`
  yield* sql`
    INSERT INTO job_attempts (job_id, attempt, worker, started_at, ended_at, outcome, error_code, error_message)
    SELECT id, n, 'old-worker', started_at, CASE WHEN status <> 'in_progress' THEN now() - interval '59 minutes' END,
      CASE WHEN status = 'in_progress' THEN NULL WHEN status = 'completed' AND n = attempt THEN 'completed' ELSE 'failed' END,
      CASE WHEN n < attempt OR status IN ('failed', 'cancelled') THEN 'NETWORK_ERROR' END, 'old'
    FROM script_jobs, generate_series(1, attempt) n`
  yield* sql`INSERT INTO job_checkpoints (job_id, name, attempt, output) SELECT id, 'first', 1, '1' FROM script_jobs`
  return yield* sql`SELECT job_id, status, revision, updated_at, completed_at, result FROM script_jobs ORDER BY job_id`
})

let before: ReadonlyArray<object> = []
beforeAll(async () => {
  before = await runtime.runPromise(Effect.tap(seed, () => migrate))
})

inOldDatabase(
  "keeps every job, its times and its revision",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    expect(
      yield* sql`SELECT job_id, status, revision, updated_at, completed_at, result FROM script_jobs ORDER BY job_id`
    ).toEqual(before as never)
    expect(yield* disagreements).toEqual([])
    expect(yield* sql`SELECT count(*)::int AS kept FROM job_checkpoints`).toEqual([{ kept: 7 }])
  })
)

inOldDatabase(
  "keeps every attempt as it ended",
  Effect.gen(function* () {
    const reports = yield* JobReports
    const outcomes = (ref: ReadableJobId | undefined) =>
      Effect.map(reports.history(ref!), ({ attempts }) =>
        attempts.map(({ error, outcome = "running", worker }) => `${worker} ${outcome} ${error?.code ?? ""}`.trim())
      )

    const broken = "old-worker failed NETWORK_ERROR"
    expect(yield* outcomes(waiting)).toEqual([])
    expect(yield* outcomes(running)).toEqual(["old-worker running"])
    expect(yield* outcomes(completed)).toEqual([broken, "old-worker completed"])
    expect(yield* outcomes(failed)).toEqual([broken, broken])
    // It waited for its next try when it was cancelled: its last attempt had failed.
    expect(yield* outcomes(cancelled)).toEqual([broken])
  })
)

inOldDatabase(
  "lists what had failed and was cancelled, by kind too",
  Effect.gen(function* () {
    const reports = yield* JobReports
    expect(yield* reports.counts({})).toMatchObject({
      failed: 1,
      cancelled: 1,
      completed: 1,
      in_progress: 1,
      pending: 1
    })
    const [group] = yield* reports.failures
    expect(group).toMatchObject({ jobs: 1, code: "TIMEOUT", latestJobId: failed })
    const { jobs } = yield* reports.list({ fingerprint: group!.fingerprint }, { limit: 5 })
    expect(jobs.map(({ jobId }) => jobId)).toEqual([failed!])
  })
)

inOldDatabase(
  "goes on with what waited and what ran",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const jobs = yield* Jobs
    const sql = yield* SqlClient.SqlClient
    expect((yield* queue.claim("default", 9)).map(({ jobId }) => jobId)).toEqual([waiting!])
    // The worker has its old name and is a new process.
    expect(yield* (yield* Upkeep).rescue([])).toBe(1)
    const [claimed] = yield* queue.claim("default", 9)
    expect(claimed).toMatchObject({ jobId: running, lease: { attempt: 2 } })
    yield* complete(claimed!)
    expect((yield* jobs.retry(cancelled!, {})).status).toBe("pending")
    yield* sql`UPDATE script_jobs SET run_at = now() WHERE job_id IN (${delayed!}, ${retrying!})`

    const rest = yield* queue.claim("default", 9)
    expect(rest.map(({ jobId }) => jobId).toSorted()).toEqual([delayed!, cancelled!, retrying!])
    yield* Effect.forEach(rest, (each) => complete(each))
    expect(yield* disagreements).toEqual([])
  })
)
