import { afterAll, beforeAll, expect } from "bun:test"
import { Effect, ManagedRuntime } from "effect"
import { SqlClient } from "effect/sql"
import { migrate } from "../../../src/runtime/postgres/migrations.ts"
import { it } from "../../support/effect.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"

const runtime = ManagedRuntime.make(TestDatabase.layer)
afterAll(() => runtime.dispose())

const inDatabase = <A, E>(name: string, body: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  it.live(name, () => Effect.promise(() => runtime.runPromise(body)))

/** 20,000 finished jobs of many types and restaurants, and a few of every other kind. */
const seed = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO script_jobs (
      id, job_id, job_type, lane, status, input_payload, total_steps, max_retries, timeout_ms, expires_at, run_at,
      completed_at, error_code, started_at, timeout_at, lease_owner, lease_boot, lease_token, lease_expires_at,
      organisation_id, restaurant_id, created_by, next_retry_at
    )
    SELECT gen_random_uuid(), 'JOB_20261121_000000_' || lpad(to_hex(n), 8, '0'), 'type-' || n % 40, 'default', status,
      '{}', 1, 3, 1000, now() + interval '1 day', now() - n * interval '1 second',
      CASE WHEN status IN ('completed', 'failed', 'cancelled') THEN now() END,
      CASE WHEN status = 'failed' THEN 'TIMEOUT' END,
      now(), CASE WHEN status = 'in_progress' THEN now() END,
      CASE WHEN status = 'in_progress' THEN 'w' END, CASE WHEN status = 'in_progress' THEN gen_random_uuid() END,
      CASE WHEN status = 'in_progress' THEN gen_random_uuid() END, CASE WHEN status = 'in_progress' THEN now() END,
      'org-' || n % 50, 'restaurant-' || n % 500, 'person-' || n % 300, NULL
    FROM (
      SELECT n, CASE WHEN n % 20 = 1 THEN 'pending' WHEN n % 200 = 2 THEN 'in_progress' WHEN n % 200 = 3 THEN 'failed'
        WHEN n % 200 = 4 THEN 'cancelled' ELSE 'completed' END AS status
      FROM generate_series(1, 20000) n
    ) numbered`
  yield* sql`ANALYZE script_jobs`
})
beforeAll(() => runtime.runPromise(seed))

const types = Array.from({ length: 40 }, (_, n) => `type-${n}`)

/** Each index, and the question it is there for. */
const questions: ReadonlyArray<readonly [string, string]> = [
  [
    "script_jobs_queue",
    `SELECT id FROM script_jobs WHERE status = 'pending' AND lane = 'default' AND run_at <= now()
     AND expires_at > clock_timestamp() AND job_type = ANY('{${types.join()}}')
     ORDER BY priority DESC, run_at, id LIMIT 5 FOR UPDATE SKIP LOCKED`
  ],
  [
    "script_jobs_retry_due",
    "SELECT run_at FROM script_jobs WHERE status = 'pending' AND lane = 'default' ORDER BY run_at LIMIT 1"
  ],
  [
    "script_jobs_active",
    "SELECT id FROM script_jobs WHERE status = 'in_progress' AND lease_owner = 'other' AND lease_expires_at < now()"
  ],
  [
    "script_jobs_timeout",
    "SELECT id FROM script_jobs WHERE status = 'in_progress' AND timeout_at < now() - interval '1 day'"
  ],
  [
    "script_jobs_expiry",
    "SELECT id FROM script_jobs WHERE status = 'pending' AND expires_at <= now() ORDER BY expires_at LIMIT 9"
  ],
  ["script_jobs_failed", "SELECT * FROM script_jobs WHERE status = 'failed' ORDER BY id DESC LIMIT 50"],
  ["script_jobs_cancelled", "SELECT * FROM script_jobs WHERE status = 'cancelled' ORDER BY id DESC LIMIT 50"],
  ["script_jobs_completed", "SELECT * FROM script_jobs WHERE status = 'completed' ORDER BY id DESC LIMIT 50"],
  ["script_jobs_type", "SELECT * FROM script_jobs WHERE job_type = 'type-7' ORDER BY id DESC LIMIT 50"],
  ["script_jobs_organisation", "SELECT * FROM script_jobs WHERE organisation_id = 'org-7' ORDER BY id DESC LIMIT 50"],
  [
    "script_jobs_restaurant",
    "SELECT * FROM script_jobs WHERE restaurant_id = 'restaurant-7' ORDER BY id DESC LIMIT 50"
  ],
  ["script_jobs_creator", "SELECT * FROM script_jobs WHERE created_by = 'person-7' ORDER BY id DESC LIMIT 50"],
  ["script_jobs_job_id_key", "SELECT * FROM script_jobs WHERE job_id = 'JOB_20261121_000000_00000007'"],
  ["script_jobs_pkey", "SELECT * FROM script_jobs ORDER BY id DESC LIMIT 50"]
]

for (const [index, question] of questions) {
  inDatabase(
    `answers from ${index}: ${question.replace(/\s+/gu, " ").slice(0, 90)}`,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const plan = yield* sql.unsafe<{ "QUERY PLAN": string }>(`EXPLAIN ${question}`).values

      expect(plan.flat().join("\n")).toContain(index)
    })
  )
}

inDatabase(
  "applies nothing when it is already up to date, also when two start at once",
  Effect.gen(function* () {
    expect(yield* Effect.all([migrate, migrate], { concurrency: 2 })).toEqual([[], []])
  })
)

inDatabase(
  "keeps times and revision by itself, and takes a renewed lease for no news",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const look = sql<{ updated: boolean; revision: number; timeout: boolean; completed: boolean }>`
      SELECT updated_at > created_at AS updated, revision, timeout_at = started_at + timeout_ms * interval '1 ms' AS timeout,
        completed_at IS NOT NULL AS completed
      FROM script_jobs WHERE job_id = 'JOB_20261121_000000_00000001'`
    const update = (columns: string) =>
      sql.unsafe(`UPDATE script_jobs SET ${columns} WHERE job_id = 'JOB_20261121_000000_00000001'`)

    yield* update(
      "status = 'in_progress', lease_owner = 'w', lease_boot = id, lease_token = id, lease_expires_at = now()"
    )
    expect(yield* look).toEqual([{ updated: true, revision: 2, timeout: true, completed: false }])
    yield* update("lease_expires_at = now() + interval '1 minute'")
    expect((yield* look)[0]).toMatchObject({ revision: 2 })
    yield* update("status = 'completed', result = '{}'")
    expect((yield* look)[0]).toMatchObject({ revision: 3, completed: true })
    const held = yield* sql`SELECT 1 FROM script_jobs WHERE status = 'completed' AND lease_token IS NOT NULL`
    expect(held).toEqual([])
  })
)
