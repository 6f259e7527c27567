/** Jobs over a week, of one organisation, with a few of another among the oldest and the newest. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { run } from "./asMember.ts"

/** More than two walks through jobs of all kinds, and two through those of the chain. */
const JOBS = 9_000

/**
 * Of ten jobs one failed; the oldest three are of a restaurant and of errors that nothing later has. The eighth runs again
 * after an error, and the ninth is one of Callboard's own.
 */
export const seedOldJobs = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql.withTransaction(
    Effect.gen(function* () {
      // Nothing follows from these jobs but what is written here.
      yield* run("SET LOCAL session_replication_role = replica")
      yield* run(`
        INSERT INTO script_jobs (id, job_id, job_type, lane, status, input_payload, total_steps, max_retries, timeout_ms,
          run_at, retry_count, expires_at, organisation_id, restaurant_id, labels, created_at, completed_at, error_code,
          error_message, failed_at, cancelled_at, error_fingerprint, lease_token, lease_owner, lease_expires_at,
          started_at, timeout_at)
        SELECT overlay(first_id_at(s.at)::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid,
          'JOB_20261121_000000_' || lpad(to_hex(n), 8, '0'),
          CASE WHEN n = 9 THEN 'deliver' WHEN n % 3 = 0 THEN 'idle' ELSE 'other' END,
          CASE WHEN n = 9 THEN 'system' ELSE 'default' END,
          s.status, '{}', 1, 3, 1000,
          CASE WHEN s.retrying THEN now() + interval '1 day' ELSE s.at END,
          CASE WHEN s.retrying OR n = 8 THEN 1 ELSE 0 END,
          now() + interval '2 days', 'west',
          CASE WHEN n <= 3 THEN 'old-inn' WHEN n % 2 = 0 THEN 'chain' ELSE 'place-' || n % 7 END,
          CASE WHEN n IN (5, ${JOBS - 1}) THEN ARRAY['rare'] ELSE '{}' END, s.at,
          CASE WHEN s.status NOT IN ('pending', 'in_progress') THEN s.at END,
          CASE WHEN s.status = 'failed' OR s.retrying OR n IN (2, 8) THEN 'TIMEOUT' END,
          CASE WHEN n = 1 THEN 'The oven smoked' WHEN n = 2 THEN 'The lamp went out' WHEN n = 8 THEN 'The dough burnt'
            WHEN s.status = 'failed' OR s.retrying THEN 'Row ' || n || ' broke' END,
          CASE WHEN s.status = 'failed' THEN s.at END, CASE WHEN s.status = 'cancelled' THEN s.at END,
          CASE WHEN s.status = 'failed' THEN 'print' END,
          CASE WHEN n = 8 THEN gen_random_uuid() END, CASE WHEN n = 8 THEN 'worker-a' END,
          CASE WHEN n = 8 THEN now() + interval '1 day' END, CASE WHEN n = 8 THEN s.at END,
          CASE WHEN n = 8 THEN now() + interval '1 day' END
        FROM generate_series(1, ${JOBS}) n, LATERAL (SELECT
          now() - (${JOBS} - n) * interval '1 minute' AS at, n % 60 = 3 AS retrying,
          CASE WHEN n % 10 = 1 THEN 'failed' WHEN n % 50 = 2 THEN 'cancelled' WHEN n % 30 = 3 THEN 'pending'
            WHEN n = 8 THEN 'in_progress' ELSE 'completed' END AS status) s`)
      yield* run(`
        INSERT INTO script_jobs SELECT (jsonb_populate_record(j, jsonb_build_object(
          'id', overlay(j.id::text PLACING '9' FROM 20 FOR 1), 'job_id', overlay(j.job_id PLACING '9' FROM 21 FOR 1),
          'organisation_id', 'south'
        ))).* FROM script_jobs j
        WHERE j.created_at < now() - interval '${JOBS - 30} minutes' OR j.created_at > now() - interval '20 minutes'`)
      yield* run(`
        INSERT INTO job_leases (id, token, owner, boot, lane, expires_at, timeout_at, organisation_id)
        SELECT id, lease_token, lease_owner, gen_random_uuid(), lane, lease_expires_at, timeout_at, organisation_id
        FROM script_jobs WHERE status = 'in_progress'`)
      yield* run(`
        INSERT INTO job_queue (id, lane, state, rank, organisation_id, job_type, run_at, expires_at, timeout_ms, retrying)
        SELECT id, lane, CASE WHEN retry_count > 0 THEN 'scheduled' ELSE 'ready' END, 0, organisation_id, job_type, run_at,
          expires_at, timeout_ms, retry_count > 0
        FROM script_jobs WHERE status = 'pending'`)
    })
  )
  yield* run("ANALYZE script_jobs, job_queue, job_leases")
})
