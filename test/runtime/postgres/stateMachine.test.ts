/** What the database itself sees to, whoever writes `script_jobs`. */
import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { type JobStatus, jobStatuses, statusAfter } from "../../../src/domain/JobStatus.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim, complete, disagreements, fail, get, queueStates } from "./builders.ts"

const inDatabase = databaseTests(idle)

const transitions = ["claim", "complete", "fail", "cancel", "retryLater", "release", "retry"] as const
const isAllowed = (from: JobStatus, to: JobStatus) =>
  from === to || transitions.some((transition) => statusAfter(from, transition) === to)

/** A job in each status. */
const jobIn = (status: JobStatus) =>
  Effect.gen(function* () {
    const job = yield* add()
    if (status === "pending") return job
    if (status === "cancelled") return yield* (yield* Jobs).cancel(job.id)
    const [claimed] = yield* claim(1)
    if (status === "completed") yield* complete(claimed!)
    if (status === "failed") yield* fail(claimed!)
    return job
  })

/** The columns that a status needs; the rest follows by trigger. */
const columns: Record<JobStatus, string> = {
  pending: "",
  in_progress: ", lease_owner = 'w', lease_token = id, lease_expires_at = now()",
  completed: "",
  failed: ", error_code = 'TIMEOUT'",
  cancelled: ""
}

for (const from of jobStatuses) {
  inDatabase(
    `lets a job that is ${from} become what the state machine says, and nothing else`,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      for (const to of jobStatuses) {
        const { id } = yield* jobIn(from)
        const update = sql.unsafe(`UPDATE script_jobs SET status = '${to}' ${columns[to]} WHERE id = '${id}'`)
        const result = yield* Effect.exit(
          to === "completed"
            ? update
            : sql.unsafe(`UPDATE script_jobs SET status = '${to}', result = NULL ${columns[to]} WHERE id = '${id}'`)
        )

        expect([to, result._tag]).toEqual([to, isAllowed(from, to) ? "Success" : "Failure"])
        yield* sql`TRUNCATE script_jobs, job_queue, job_leases CASCADE`
      }
    })
  )
}

inDatabase(
  "keeps times and revision by itself, and takes a renewed lease for no news",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { id } = yield* add()
    const look = Effect.map(
      sql<Record<string, unknown>>`
        SELECT revision, timeout_at = started_at + timeout_ms * interval '1 ms' AS timeout,
          completed_at IS NOT NULL AS completed, failed_at IS NOT NULL AS failed, cancelled_at IS NOT NULL AS cancelled,
          error_fingerprint IS NOT NULL AS fingerprint, lease_owner, lease_token IS NOT NULL AS held
        FROM script_jobs WHERE id = ${id}::uuid`,
      ([row]) => row!
    )
    const update = (set: string) => sql.unsafe(`UPDATE script_jobs SET ${set} WHERE id = '${id}'`)

    yield* update("status = 'in_progress', lease_owner = 'w', lease_token = id, lease_expires_at = now()")
    expect(yield* look).toMatchObject({ revision: 2, timeout: true, completed: false, held: true })
    yield* update("lease_expires_at = now() + interval '1 minute'")
    expect(yield* look).toMatchObject({ revision: 2 })
    yield* update("status = 'failed', error_code = 'TIMEOUT'")
    expect(yield* look).toMatchObject({
      revision: 3,
      timeout: null,
      completed: true,
      failed: true,
      fingerprint: true,
      held: false,
      leaseOwner: "w"
    })
    yield* update("status = 'pending'")
    expect(yield* look).toMatchObject({ completed: false, failed: false, fingerprint: false })
    yield* update("status = 'cancelled'")
    expect(yield* look).toMatchObject({ completed: true, cancelled: true, failed: false })
  })
)

inDatabase(
  "follows what people write by hand into the queue and out of it",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const job = yield* add({ concurrencyKey: "oven" })
    yield* sql`
      INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms, expires_at,
        run_at, concurrency_key)
      SELECT gen_random_uuid(), 'JOB_20261121_000000_0000000' || n, 'idle', 'default', '{}', 1, 3, 1000,
        now() + interval '1 day', now() + n * interval '1 hour' - interval '2 hours', CASE n WHEN 1 THEN 'oven' END
      FROM generate_series(1, 3) n`
    expect([...(yield* queueStates).values()].toSorted()).toEqual(["behind", "ready", "ready", "scheduled"])

    yield* sql`UPDATE script_jobs SET run_at = now() - interval '1 day', priority = 3 WHERE run_at > now()`
    expect([...(yield* queueStates).values()].toSorted()).toEqual(["behind", "ready", "ready", "ready"])
    yield* sql`UPDATE script_jobs SET status = 'cancelled' WHERE id = ${job.id}::uuid`
    expect([...(yield* queueStates).values()]).toEqual(["ready", "ready", "ready"])
    const claims = yield* claim(2)
    yield* sql`DELETE FROM script_jobs WHERE id = ${claims[0]!.id}::uuid OR status = 'pending'`
    expect(yield* disagreements).toEqual([])
    expect(yield* sql`SELECT id FROM job_leases`).toEqual([{ id: claims[1]!.id }])
  })
)

inDatabase(
  "lists jobs that were imported with their end, and leaves their dedupe keys free",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const reports = yield* JobReports
    yield* sql`
      INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms, expires_at,
        status, completed_at, error_code, dedupe_key)
      SELECT gen_random_uuid(), 'JOB_20200101_000000_0000000' || n, 'idle', 'default', '{}', 1, 3, 1000,
        '2020-01-02', status, '2020-01-01', CASE status WHEN 'failed' THEN 'TIMEOUT' END, 'menu'
      FROM unnest('{failed,cancelled,completed}'::text[]) WITH ORDINALITY AS each (status, n)`

    expect(yield* reports.counts({})).toMatchObject({ failed: 1, cancelled: 1, completed: 1, pending: 0 })
    const [failed] = (yield* reports.list({ status: ["failed"] }, { limit: 5 })).jobs
    expect(failed).toMatchObject({ status: "failed", dedupeKey: "menu" })
    expect(yield* reports.failures).toMatchObject([
      { jobs: 1, latestMessage: "", fingerprint: failed!.errorFingerprint }
    ])
    const made = yield* add({ dedupeKey: "menu" })
    expect((yield* get(made.id)).status).toBe("pending")
    expect(yield* disagreements).toEqual([])
  })
)
