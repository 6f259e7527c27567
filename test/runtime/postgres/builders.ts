/** Short words for what the tests of the queue do all the time. */
import { type Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Job } from "../../../src/domain/Job.ts"
import type { StoredError } from "../../../src/domain/JobError.ts"
import type { JobRef } from "../../../src/domain/JobId.ts"
import { type Claim, JobQueue, type Outcome } from "../../../src/domain/JobQueue.ts"
import { type CreateJob, Jobs } from "../../../src/domain/Jobs.ts"
import { LeaseToken } from "../../../src/domain/Lease.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import type { ClaimRow } from "../../../src/runtime/postgres/claimJobs.ts"

export const failure: StoredError = { code: "NETWORK_ERROR", message: "gone", retryable: true }

export const add = (request: Partial<CreateJob> = {}) =>
  Effect.gen(function* () {
    return (yield* (yield* Jobs).create({ jobType: "idle", input: {}, ...request })).job
  })

export const get = (ref: JobRef) => Effect.flatMap(Jobs, (jobs) => jobs.get(ref))

export const claim = (limit = 100) => Effect.flatMap(JobQueue, (queue) => queue.claim("default", limit))

/** As a claim by hand-over reads it. */
export const claimRowOf = ({ id, jobId, jobType, organisationId }: Job): ClaimRow => ({
  id,
  job_id: jobId,
  job_type: jobType,
  organisation_id: organisationId,
  input_payload: {},
  lease_token: LeaseToken.make(Bun.randomUUIDv7()),
  attempt: 1,
  retry_count: 0,
  max_retries: 3,
  timeout_ms: 60_000,
  checkpoints: null,
  place: 1
})

export const firstClaim = Effect.map(claim(1), ([first]) => first!)

export const settle = ({ lease }: Claim, outcome: Outcome) =>
  Effect.flatMap(JobQueue, (queue) => queue.settle(lease, outcome))

export const complete = (claimed: Claim, result: unknown = { ok: true }) =>
  settle(claimed, { _tag: "Completed", result })

export const fail = (claimed: Claim, error: StoredError = failure) => settle(claimed, { _tag: "Failed", error })

export const retryLater = (claimed: Claim, delay: Duration.Duration) =>
  settle(claimed, { _tag: "RetryLater", error: failure, delay })

/** The worker dies with all that it has in hand. */
export const crash = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second'`
  yield* (yield* Upkeep).rescue([])
})

/** Claims and completes until nothing is left; gives the ids in their order. */
export const runAll = Effect.gen(function* () {
  const ids: Array<string> = []
  for (;;) {
    const claims = yield* claim()
    if (claims.length === 0) return ids
    ids.push(...claims.map(({ id }) => id))
    yield* Effect.forEach(claims, (each) => complete(each), { concurrency: "unbounded" })
  }
})

export const queueStates = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ id: string; state: string }>`SELECT id, state FROM job_queue`
  return new Map(rows.map(({ id, state }) => [id, state]))
})

/** What must hold whenever nothing is being written: the narrow tables say the same as `script_jobs`. */
export const disagreements = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ job: string; fault: string }>`
    SELECT coalesce(j.id, q.id)::text AS job, 'queue' AS fault FROM script_jobs j FULL JOIN job_queue q ON q.id = j.id
    WHERE (j.status IS NOT DISTINCT FROM 'pending') <> (q.id IS NOT NULL)
    UNION ALL
    SELECT coalesce(j.id, l.id)::text, 'lease' FROM script_jobs j FULL JOIN job_leases l ON l.id = j.id
    WHERE (j.status IS NOT DISTINCT FROM 'in_progress') <> (l.id IS NOT NULL) OR j.lease_token IS DISTINCT FROM l.token
      AND j.status = 'in_progress'
    UNION ALL
    SELECT q.id::text, 'dependencies' FROM job_queue q
    WHERE q.unmet_dependencies <> (SELECT count(*) FROM job_dependencies d WHERE d.job_id = q.id AND NOT d.met)
      OR (q.unmet_dependencies > 0) <> (q.state = 'blocked')
    UNION ALL
    SELECT l.lane, 'headless key' FROM (VALUES ('default'), ('browser')) l (lane), visit_keys(l.lane, NULL)`
)
