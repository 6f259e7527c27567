/** Repairs what dead workers and the passing of time leave behind. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Lease, WorkerIdentity } from "../../domain/Lease.ts"
import { WORKER_ALIVE } from "./LaneLoads.ts"

/** A job whose worker died this often under it is failed: it is likely the reason. */
const CRASH_LIMIT = 3

/** Rows per statement, so that a large backlog never holds locks for long. */
const BATCH = 500

const CRASHED = "The worker stopped while it ran this job."
const LOST = "The worker could not renew its lease in time."
const CRASHED_HINT = "Look at the last log lines of each attempt. Retry it when the cause is gone."

export const makeRescue = (worker: WorkerIdentity) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    /**
     * A worker that still beats did not crash: the job only ran into an outage, or was never started there. A former
     * self of this worker did, however lately it was seen.
     */
    const crashed = sql`(
      (j.lease_owner = ${worker.name} AND j.lease_boot <> ${worker.bootId}::uuid)
      OR NOT EXISTS (
        SELECT 1 FROM workers w
        WHERE w.name = j.lease_owner AND w.boot_id = j.lease_boot AND w.seen_at > now() - ${WORKER_ALIVE}::interval
      )
    )`

    const rescue = (inHand: ReadonlyArray<Lease>) =>
      sql<{ id: string }>`
      WITH dead AS (
        SELECT j.id, j.attempt, ${crashed} AS crashed,
          j.cancel_requested_at IS NULL AND ${crashed} AND j.crash_count + 1 >= ${CRASH_LIMIT} AS beyond_repair
        FROM script_jobs j
        WHERE j.status = 'in_progress'
          AND (j.lease_expires_at < now()
            OR (j.lease_owner = ${worker.name} AND j.lease_boot <> ${worker.bootId}::uuid))
          AND j.lease_token <> ALL (${inHand.map((lease) => lease.token)}::text[]::uuid[])
        ORDER BY j.lease_expires_at
        LIMIT ${BATCH}
        FOR UPDATE OF j SKIP LOCKED
      ), rescued AS (
        UPDATE script_jobs j SET
          crash_count = crash_count + CASE WHEN crashed THEN 1 ELSE 0 END,
          status = CASE
            WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
            WHEN beyond_repair THEN 'failed'
            ELSE 'pending' END,
          error_code = CASE WHEN beyond_repair THEN 'WORKER_CRASHED' ELSE error_code END,
          error_message = CASE WHEN beyond_repair THEN ${CRASHED} ELSE error_message END,
          error_hint = CASE WHEN beyond_repair THEN ${CRASHED_HINT} ELSE error_hint END,
          error_step = CASE WHEN beyond_repair THEN current_step_name ELSE error_step END,
          error_retryable = CASE WHEN beyond_repair THEN false ELSE error_retryable END
        FROM dead WHERE j.id = dead.id
        RETURNING j.id
      ), ended AS (
        UPDATE job_attempts a SET ended_at = now(), outcome = 'lost', error_code = 'WORKER_CRASHED',
          error_message = CASE WHEN dead.crashed THEN ${CRASHED} ELSE ${LOST} END, error_retryable = true
        FROM dead WHERE a.job_id = dead.id AND a.attempt = dead.attempt
      ), stopped AS (
        UPDATE job_steps s SET ended_at = now(), outcome = 'stopped'
        FROM dead WHERE s.job_id = dead.id AND s.attempt = dead.attempt AND s.ended_at IS NULL
      )
      SELECT id FROM rescued`.pipe(Effect.map((rows) => rows.length))

    const expire = sql<{ id: string }>`
      UPDATE script_jobs SET status = 'failed', error_code = 'EXPIRED', error_retryable = false,
        error_message = 'It had not finished by the time it expires.',
        error_hint = 'Retry it if it is still wanted.', error_step = NULL
      WHERE id IN (
        SELECT id FROM script_jobs WHERE status = 'pending' AND expires_at <= now()
        ORDER BY expires_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
      )
      RETURNING id`.pipe(Effect.map((rows) => rows.length))

    return { rescue, expire }
  })
