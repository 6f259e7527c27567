import { afterAll, beforeAll, expect } from "bun:test"
import { Effect, ManagedRuntime } from "effect"
import { SqlClient } from "effect/sql"
import { migrate } from "../../../src/runtime/postgres/migrations.ts"
import { queueStatement } from "../../../src/runtime/postgres/QueueMeters.ts"
import { it } from "../../support/effect.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"

const runtime = ManagedRuntime.make(TestDatabase.layer)
afterAll(() => runtime.dispose())

const inDatabase = <A, E>(name: string, body: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  it.live(name, () => Effect.promise(() => runtime.runPromise(body)))

/** 20,000 finished jobs of many types and restaurants, thousands that wait in every state, and a few that run. */
const seed = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO script_jobs (
      id, job_id, job_type, lane, status, input_payload, total_steps, max_retries, timeout_ms, expires_at, run_at,
      error_code, error_message, organisation_id, restaurant_id, created_by, concurrency_key, dedupe_key, batch_id
    )
    SELECT gen_random_uuid(), 'JOB_20261121_000000_' || lpad(to_hex(n), 8, '0'), 'type-' || n % 40, 'default', status,
      '{}', 1, 3, 1000, now() + n * interval '1 minute',
      now() + CASE WHEN n % 7 = 0 THEN 1 ELSE -1 END * n * interval '1 second',
      CASE WHEN status = 'failed' THEN 'TIMEOUT' END, CASE WHEN status = 'failed' THEN 'after ' || n || ' s' END,
      'org-' || n % 50, 'restaurant-' || n % 500, 'person-' || n % 300,
      CASE WHEN n % 5 = 0 THEN 'key-' || n % 400 END, CASE WHEN n % 3 = 0 THEN 'dedupe-' || n END,
      CASE WHEN n % 2 = 0 THEN md5((n % 200)::text)::uuid END
    FROM (
      SELECT n, CASE WHEN n > 20000 THEN 'pending' WHEN n % 100 = 3 THEN 'failed' WHEN n % 100 = 4 THEN 'cancelled'
        ELSE 'completed' END AS status
      FROM generate_series(1, 26000) n
    ) numbered`
  yield* sql`SELECT count(*) FROM claim_jobs('default', 300, ${types}, '', 'w', gen_random_uuid(), interval '1 minute')`
  yield* sql`
    INSERT INTO job_dependencies (job_id, depends_on, met)
    SELECT a.id, b.id, a.n % 9 > 0
    FROM (SELECT *, row_number() OVER (PARTITION BY organisation_id ORDER BY id) AS n FROM script_jobs) a
      JOIN (SELECT *, row_number() OVER (PARTITION BY organisation_id ORDER BY id) AS n FROM script_jobs) b
      ON b.organisation_id = a.organisation_id AND b.n = a.n + 1
    WHERE a.n < 180`
  yield* sql`ANALYZE script_jobs, job_queue, job_leases, job_dependencies`
})

const types = Array.from({ length: 40 }, (_, n) => `type-${n}`)
// On a busy machine a new database takes longer than a hook has by itself.
beforeAll(() => runtime.runPromise(seed), 60_000)

const ID = "'00000000-0000-7000-8000-000000000000'"

/** Each index, and the question it is there for. */
const questions: ReadonlyArray<readonly [string, string]> = [
  [
    "job_queue_ready",
    `SELECT w.id FROM job_waiting w WHERE w.lane = 'default' AND w.state = 'ready' AND w.rank = 0
     AND w.organisation_id = 'org-7' AND w.held_by = '{}' AND w.expires_at > clock_timestamp()
     AND w.job_type = ANY ('{${types.join()}}') ORDER BY w.run_at, w.id LIMIT 5 FOR UPDATE SKIP LOCKED`
  ],
  [
    "job_queue_ready",
    `SELECT organisation_id FROM job_queue WHERE lane = 'default' AND state = 'ready' AND rank = 0
     AND organisation_id > 'org-7' ORDER BY organisation_id LIMIT 1`
  ],
  [
    "job_queue_due",
    "SELECT run_at FROM job_queue WHERE lane = 'default' AND state = 'scheduled' ORDER BY run_at LIMIT 1"
  ],
  ["job_queue_expiry", "SELECT id FROM job_queue WHERE expires_at <= now() ORDER BY expires_at LIMIT 9"],
  [
    "job_queue_turns",
    `SELECT id FROM job_queue WHERE organisation_id = 'org-5' AND concurrency_key = 'key-5'
     AND state IN ('ready', 'behind') ORDER BY rank, run_at, id LIMIT 1`
  ],
  [
    "job_queue_heads",
    "SELECT id FROM job_queue WHERE organisation_id = 'org-5' AND concurrency_key = 'key-5' AND state = 'ready'"
  ],
  [
    "job_queue_behind",
    `SELECT organisation_id, concurrency_key FROM job_queue WHERE lane = 'default' AND state = 'behind'
     AND (organisation_id, concurrency_key) > ('org-5', 'key-5') ORDER BY organisation_id, concurrency_key LIMIT 1`
  ],
  [
    "job_queue_suspects",
    "SELECT id FROM job_queue WHERE lane = 'default' AND suspect AND state = 'ready' ORDER BY rank, run_at, id LIMIT 1"
  ],
  [
    "job_queue_retries",
    "SELECT id FROM job_queue WHERE retrying AND organisation_id = 'org-5' ORDER BY id DESC LIMIT 500"
  ],
  ["job_queue_pkey", `SELECT * FROM job_queue WHERE id = ${ID}`],
  ["job_leases_active", "SELECT id FROM job_leases WHERE expires_at < now()"],
  ["job_leases_timeout", "SELECT id FROM job_leases WHERE timeout_at < now() - interval '1 day'"],
  ["job_leases_key", "SELECT id FROM job_leases WHERE organisation_id = 'org-5' AND concurrency_key = 'key-5'"],
  ["job_dependencies_pkey", `SELECT * FROM job_dependencies WHERE job_id = ${ID}`],
  ["job_dependencies_waiting", `SELECT job_id FROM job_dependencies WHERE depends_on = ${ID} AND NOT met`],
  ["job_dependencies_of", `DELETE FROM job_dependencies WHERE depends_on = ${ID}`],
  ["script_jobs_failed", "SELECT * FROM script_jobs WHERE failed_at IS NOT NULL ORDER BY id DESC LIMIT 50"],
  ["script_jobs_cancelled", "SELECT * FROM script_jobs WHERE cancelled_at IS NOT NULL ORDER BY id DESC LIMIT 50"],
  [
    "script_jobs_cancellations",
    `SELECT id FROM script_jobs WHERE cancelled_at IS NOT NULL AND organisation_id = 'org-4' ORDER BY id DESC LIMIT 1`
  ],
  [
    "script_jobs_failures",
    `SELECT id FROM script_jobs WHERE failed_at IS NOT NULL AND organisation_id = 'org-3' AND error_fingerprint = 'x'`
  ],
  [
    "script_jobs_own_failures",
    "SELECT id FROM script_jobs WHERE failed_at IS NOT NULL AND organisation_id = 'org-3' ORDER BY id DESC LIMIT 1"
  ],
  [
    "script_jobs_troubles",
    `SELECT * FROM script_jobs WHERE organisation_id = 'org-3' AND restaurant_id = 'restaurant-103'
     AND failed_at IS NOT NULL ORDER BY id DESC LIMIT 50`
  ],
  [
    "script_jobs_troubles_by_type",
    `SELECT * FROM script_jobs WHERE organisation_id = 'org-4' AND job_type = 'type-4'
     AND cancelled_at IS NOT NULL ORDER BY id DESC LIMIT 50`
  ],
  [
    "script_jobs_own_types",
    "SELECT * FROM script_jobs WHERE organisation_id = 'org-7' AND job_type = 'type-7' ORDER BY id DESC LIMIT 50"
  ],
  ["script_jobs_type", "SELECT * FROM script_jobs WHERE job_type = 'type-7' ORDER BY id DESC LIMIT 50"],
  ["script_jobs_organisation", "SELECT * FROM script_jobs WHERE organisation_id = 'org-7' ORDER BY id DESC LIMIT 50"],
  [
    "script_jobs_restaurant",
    "SELECT * FROM script_jobs WHERE restaurant_id = 'restaurant-7' ORDER BY id DESC LIMIT 50"
  ],
  [
    "script_jobs_restaurants",
    `SELECT restaurant_id FROM script_jobs WHERE organisation_id = 'org-7' AND restaurant_id > 'restaurant-1'
     ORDER BY restaurant_id LIMIT 1`
  ],
  ["script_jobs_creator", "SELECT * FROM script_jobs WHERE created_by = 'person-7' ORDER BY id DESC LIMIT 50"],
  ["script_jobs_batch", `SELECT status, count(*) FROM script_jobs WHERE batch_id = ${ID} GROUP BY status`],
  [
    "script_jobs_dedupe",
    "SELECT * FROM script_jobs WHERE organisation_id = 'org-3' AND dedupe_key = 'dedupe-9' AND dedupe_open"
  ],
  ["script_jobs_job_id_key", "SELECT * FROM script_jobs WHERE job_id = 'JOB_20261121_000000_00000007'"],
  ["script_jobs_pkey", "SELECT * FROM script_jobs ORDER BY id DESC LIMIT 50"]
]

for (const [index, question] of questions) {
  inDatabase(
    `answers from ${index}: ${question.replace(/\s+/gu, " ").slice(0, 90)}`,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const plan = (yield* sql.unsafe<{ "QUERY PLAN": string }>(`EXPLAIN ${question}`).values).flat().join("\n")

      expect(plan).toContain(index)
    })
  )
}

inDatabase(
  "has no index whose question is not known",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const indexes = yield* sql<{ name: string }>`
      SELECT indexname AS name FROM pg_indexes
      WHERE tablename IN ('script_jobs', 'job_queue', 'job_leases', 'job_dependencies') AND indexname <> 'job_leases_pkey'`

    expect(indexes.map(({ name }) => name).toSorted()).toEqual(
      [...new Set(questions.map(([index]) => index))].toSorted()
    )
  })
)

inDatabase(
  "applies nothing when it is already up to date, also when two start at once",
  Effect.gen(function* () {
    expect(yield* Effect.all([migrate, migrate], { concurrency: 2 })).toEqual([[], []])
  })
)

inDatabase(
  "counts the queue for /metrics without a look at what has ended",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [statement, values] = queueStatement(sql).compile()
    const plan = (yield* sql.unsafe(`EXPLAIN ${statement}`, values).values).flat().join("\n")

    expect(plan).toContain("script_jobs_pkey")
    expect(plan).not.toContain("Seq Scan on script_jobs")
  })
)
