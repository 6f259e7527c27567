/** Repairs what dead workers and the passing of time leave behind. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { WorkerIdentity } from "../../domain/Lease.ts"

/** A job whose worker died this often under it is failed: it is likely the reason. */
const CRASH_LIMIT = 3

/** Rows per statement, so that a large backlog never holds locks for long. */
const BATCH = 500

const CRASHED = "The worker stopped while it ran this job."
const CRASHED_HINT = "Look at the last log lines of each attempt. Retry it when the cause is gone."

export const makeRescue = (worker: WorkerIdentity) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    const rescue = sql<{ id: string }>`
      WITH dead AS (
        SELECT id, attempt FROM script_jobs
        WHERE status = 'in_progress'
          AND (lease_expires_at < now() OR (lease_owner = ${worker.name} AND lease_boot <> ${worker.bootId}::uuid))
        ORDER BY lease_expires_at
        LIMIT ${BATCH}
        FOR UPDATE SKIP LOCKED
      ), rescued AS (
        UPDATE script_jobs j SET
          crash_count = crash_count + 1,
          status = CASE
            WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
            WHEN crash_count + 1 >= ${CRASH_LIMIT} THEN 'failed'
            ELSE 'pending' END,
          error_code = CASE WHEN cancel_requested_at IS NULL AND crash_count + 1 >= ${CRASH_LIMIT}
            THEN 'WORKER_CRASHED' ELSE error_code END,
          error_message = CASE WHEN cancel_requested_at IS NULL AND crash_count + 1 >= ${CRASH_LIMIT}
            THEN ${CRASHED} ELSE error_message END,
          error_hint = CASE WHEN cancel_requested_at IS NULL AND crash_count + 1 >= ${CRASH_LIMIT}
            THEN ${CRASHED_HINT} ELSE error_hint END,
          error_retryable = CASE WHEN cancel_requested_at IS NULL AND crash_count + 1 >= ${CRASH_LIMIT}
            THEN false ELSE error_retryable END
        FROM dead WHERE j.id = dead.id
        RETURNING j.id
      ), ended AS (
        UPDATE job_attempts a SET ended_at = now(), outcome = 'lost', error_code = 'WORKER_CRASHED',
          error_message = ${CRASHED}, error_retryable = true
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
