/** Takes available jobs under a lease: one atomic statement, so that two workers can never take the same job. */
import { Duration, Effect, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { JobId, ReadableJobId } from "../../domain/JobId.ts"
import type { Claim } from "../../domain/JobQueue.ts"
import { Lane } from "../../domain/Lane.ts"
import { LeaseToken } from "../../domain/Lease.ts"
import type { QueueSettings } from "./PgJobQueue.ts"

const ClaimRow = Schema.Struct({
  id: JobId,
  jobId: ReadableJobId,
  jobType: Schema.String,
  inputPayload: Schema.Json,
  leaseToken: LeaseToken,
  attempt: Schema.Int,
  retryCount: Schema.Int,
  maxRetries: Schema.Int,
  timeoutMs: Schema.Int,
  checkpoints: Schema.NullOr(Schema.Record(Schema.String, Schema.Json))
})

const claimOf = (row: typeof ClaimRow.Type): Claim => ({
  lease: { jobId: row.id, token: row.leaseToken, attempt: row.attempt },
  id: row.id,
  jobId: row.jobId,
  jobType: row.jobType,
  input: row.inputPayload,
  retryCount: row.retryCount,
  maxRetries: row.maxRetries,
  timeout: Duration.millis(row.timeoutMs),
  checkpoints: new Map(Object.entries(row.checkpoints ?? {}))
})

/** `names`: the job types that this process can run; others are left to workers that know them. */
export const makeClaim = (settings: QueueSettings, names: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { leaseTime, worker } = settings
    // clock_timestamp() instead of now(): a volatile condition cannot tempt the planner away from the queue's order, into
    // the index on expires_at and a sort of the whole backlog.
    const query = SqlSchema.findAll({
      Request: Schema.Struct({ lane: Lane, limit: Schema.Int }),
      Result: ClaimRow,
      execute: ({ lane, limit }) => sql`
        WITH next AS (
          SELECT id FROM script_jobs
          WHERE status = 'pending' AND lane = ${lane} AND run_at <= now() AND expires_at > clock_timestamp()
            AND job_type = ANY(${names}::text[])
          ORDER BY priority DESC, run_at, id
          LIMIT ${limit}
          FOR UPDATE SKIP LOCKED
        ), claimed AS (
          UPDATE script_jobs j SET
            status = 'in_progress', attempt = j.attempt + 1,
            lease_owner = ${worker.name}, lease_boot = ${worker.bootId}::uuid, lease_token = gen_random_uuid(),
            lease_expires_at = now() + ${Duration.toSeconds(leaseTime)} * interval '1 second'
          FROM next WHERE j.id = next.id
          RETURNING j.*
        ), begun AS (
          INSERT INTO job_attempts (job_id, attempt, worker)
          SELECT id, attempt, ${worker.name} FROM claimed
        )
        SELECT c.id, c.job_id, c.job_type, c.input_payload, c.lease_token, c.attempt, c.retry_count, c.max_retries,
          c.timeout_ms,
          (SELECT jsonb_object_agg(k.name, k.output) FROM job_checkpoints k WHERE k.job_id = c.id) AS checkpoints
        FROM claimed c
        ORDER BY c.priority DESC, c.run_at, c.id`
    })
    return (lane: Lane, limit: number) => query({ lane, limit }).pipe(Effect.map((rows) => rows.map(claimOf)))
  })
