/** What calls of callers read of 100,000 jobs of 50 organisations. */
import { afterAll, expect } from "bun:test"
import { Effect, Layer, ManagedRuntime } from "effect"
import { SqlClient } from "effect/sql"
import type { Caller } from "../../../src/domain/Caller.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { MEMBER } from "../../../src/runtime/postgres/MemberRole.ts"
import { callerServices } from "../../support/CallerServices.ts"
import { it } from "../../support/effect.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"
import { column, run } from "./asMember.ts"
import { counted, rowsRead } from "./rowsRead.ts"

const runtime = ManagedRuntime.make(callerServices.pipe(Layer.provideMerge(TestDatabase.layer)))
afterAll(() => runtime.dispose())

const JOBS = 100_000
const ORGANISATIONS = 50

/** Ids are in the order of creation; one job in 40 failed, one in 80 was cancelled, one in 100 waits, one in 1,000 to be tried again. */
const seed = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql.withTransaction(
    Effect.gen(function* () {
      // Nothing follows from these jobs but what is written here.
      yield* run("SET LOCAL session_replication_role = replica")
      yield* run(`
        INSERT INTO script_jobs (id, job_id, job_type, lane, status, input_payload, total_steps, max_retries, timeout_ms,
          expires_at, organisation_id, completed_at, error_code, failed_at, cancelled_at, error_fingerprint, run_at,
          retry_count)
        SELECT overlay(first_id_at(now() - interval '1 hour')::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid,
          'JOB_20261121_000000_' || lpad(to_hex(n), 8, '0'),
          CASE n % ${ORGANISATIONS} WHEN 8 THEN 'elsewhere' ELSE 'idle' END, 'default', s.status, '{}', 1, 3, 1000,
          now() + interval '1 day', 'org-' || n % ${ORGANISATIONS},
          CASE WHEN s.status <> 'pending' THEN now() END, CASE WHEN s.status = 'failed' THEN 'TIMEOUT' END,
          CASE WHEN s.status = 'failed' THEN now() END, CASE WHEN s.status = 'cancelled' THEN now() END,
          CASE WHEN s.status = 'failed' THEN 'print' END, now() + s.retries * interval '1 hour', s.retries
        FROM generate_series(1, ${JOBS}) n, LATERAL (SELECT (n / ${ORGANISATIONS} % 1000 = 0)::int AS retries, CASE
          WHEN n / ${ORGANISATIONS} % 100 = 0 THEN 'pending' WHEN n / ${ORGANISATIONS} % 40 = 1 THEN 'failed'
          WHEN n / ${ORGANISATIONS} % 80 = 2 THEN 'cancelled' ELSE 'completed' END AS status) s`)
      yield* run(`
        INSERT INTO job_queue (id, lane, state, rank, organisation_id, job_type, run_at, expires_at, timeout_ms, retrying)
        SELECT id, lane, CASE WHEN retry_count > 0 THEN 'scheduled' ELSE 'ready' END, 0, organisation_id, job_type, run_at,
          expires_at, timeout_ms, retry_count > 0
        FROM script_jobs WHERE status = 'pending'`)
    })
  )
  yield* run("ANALYZE script_jobs, job_queue")
})

const operator: Caller = { via: "key", subject: "olga", name: "Olga", role: "operator", organisationId: "org-7" }

/** Waiting jobs of all organisations are in the queue, which is small and has no index by organisation: writing it is hot. */
const WAITING = JOBS / 100

/** Those of them that wait for their next try have one, because few are ever there. */
const RETRYING = 20

const MOST_READ = {
  list: 60,
  newest: 60,
  type: 60,
  // Of a type that only another organisation uses.
  elsewhere: 5,
  failed: 100,
  cancelled: 60,
  waiting: 2 * WAITING,
  retrying: RETRYING,
  // Three of the counts look through the queue, and each stops at a thousand.
  counts: 3 * WAITING + 2_500,
  failures: 100,
  get: 10,
  cancel: 10
}

/** As a list without filters asks it, outside of any transaction. */
const newest = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  sql.withTransaction(
    counted(sql`
      SELECT count(*) FROM newest_jobs_as(${MEMBER}::text, ${JSON.stringify({ sub: "olga", organisation_id: "org-7" })}::text,
        'system', NULL, 51, 5)`)
  )
)

it.live("reads a page, a job or the counts of an organisation, and not what others have", () =>
  Effect.promise(() =>
    runtime.runPromise(
      Effect.gen(function* () {
        yield* seed
        const { counts, failures, list } = yield* JobReports
        const { cancel, get } = yield* Jobs
        const [waiting] = yield* column("SELECT id FROM job_queue WHERE organisation_id = 'org-7'")
        const id = JobId.make(String(waiting))
        const page = { limit: 50 }

        const read = {
          list: yield* rowsRead(list({}, page), operator),
          newest: yield* newest,
          type: yield* rowsRead(list({ jobType: "idle" }, page), operator),
          elsewhere: yield* rowsRead(list({ jobType: "elsewhere" }, page), operator),
          failed: yield* rowsRead(list({ status: ["failed"] }, page), operator),
          cancelled: yield* rowsRead(list({ status: ["cancelled"] }, page), operator),
          waiting: yield* rowsRead(list({ status: ["pending"] }, page), operator),
          retrying: yield* rowsRead(list({ status: ["retry_wait"] }, { ...page, glance: true }), operator),
          counts: yield* rowsRead(counts({}), operator),
          failures: yield* rowsRead(failures, operator),
          get: yield* rowsRead(get(id), operator),
          cancel: yield* rowsRead(cancel(id), operator)
        }
        for (const [call, most] of Object.entries(MOST_READ)) {
          expect([call, read[call as keyof typeof read] <= most]).toEqual([call, true])
        }
      })
    )
  )
)
