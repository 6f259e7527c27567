/** A large database of a busy month, written in bulk: what the pages of the board are measured on. */
import type { SQL } from "bun"
import { inChunks } from "./systems/connect.ts"

/** Rows of one statement. */
const CHUNK = 50_000

const TYPES = [
  "add-item-tags",
  "add-option-sets",
  "import-csv-menu",
  "register-restaurant",
  "configure-website-dark",
  "setup-services",
  "setup-system-settings",
  "create-api-key",
  "ai_research",
  "data_export"
]

/** Jobs, newest last, that have a history to look at: steps, lines, pictures. */
const WITH_HISTORY = 2_000

const RUNNING = 20

/**
 * Of a hundred jobs 94 completed, 3 failed, 1 was cancelled and 2 wait: for a place, a time or the next try. Four of five
 * are the reader's organisation's; ten types, 40 kinds of failure, 50 restaurants, one with an eighth of all jobs and one with
 * hardly any.
 */
const jobs = (sql: SQL, total: number, size: number, from: number) => sql`
  INSERT INTO script_jobs (id, job_id, job_type, status, lane, input_payload, result, error_code, error_message,
    error_retryable, error_step, error_fingerprint, progress_percent, total_steps, attempt, retry_count, max_retries,
    run_at, timeout_ms, timeout_at, expires_at, created_at, started_at, completed_at, failed_at, cancelled_at, updated_at,
    organisation_id, restaurant_id, created_by, labels, lease_owner, lease_token, lease_expires_at)
  SELECT overlay(first_id_at(j.at)::text PLACING lpad(to_hex(j.n), 12, '0') FROM 25)::uuid,
    'JOB_' || to_char(j.at, 'YYYYMMDD_HH24MISS') || '_' || lpad(to_hex(j.n), 8, '0'),
    (${sql.array(TYPES, "TEXT")}::text[])[1 + j.n % 10], j.status, CASE WHEN j.n % 10 < 8 THEN 'browser' ELSE 'default' END,
    jsonb_build_object('restaurantId', j.restaurant, 'items', jsonb_build_array(j.n, j.n + 1, j.n + 2)),
    CASE WHEN j.status = 'completed' THEN jsonb_build_object('done', j.n % 40) END,
    CASE WHEN j.status = 'failed' THEN 'ELEMENT_NOT_FOUND' END,
    CASE WHEN j.status = 'failed' THEN 'The button "Save" of page ' || j.n % 40 || ' is not where it was.' END,
    CASE WHEN j.status = 'failed' THEN false END, CASE WHEN j.status = 'failed' THEN 'save' END,
    CASE WHEN j.status = 'failed' THEN left(md5((j.n % 40)::text), 16) END,
    CASE j.status WHEN 'completed' THEN 100 WHEN 'in_progress' THEN 40 WHEN 'failed' THEN 60 ELSE 0 END, 5,
    CASE WHEN j.status = 'pending' AND j.kind <> 1 THEN 0 ELSE 1 END, CASE WHEN j.kind = 1 THEN 1 ELSE 0 END, 3,
    CASE WHEN j.status = 'pending' AND j.kind < 2 THEN now() + interval '1 day' ELSE j.at END, 600000,
    CASE WHEN j.status = 'in_progress' THEN now() + interval '1 day' END, now() + interval '2 days', j.at,
    CASE WHEN j.status IN ('completed', 'failed', 'in_progress') THEN j.at END, j.ended,
    CASE WHEN j.status = 'failed' THEN j.ended END, CASE WHEN j.status = 'cancelled' THEN j.ended END,
    coalesce(j.ended, j.at), CASE WHEN j.n % 5 = 0 THEN 'org-' || j.n % 4 ELSE 'default' END,
    j.restaurant, 'person-' || j.n % 30, ARRAY['region-' || j.n % 6],
    CASE WHEN j.status IN ('completed', 'failed', 'in_progress') THEN 'robot-1' END,
    CASE WHEN j.status = 'in_progress' THEN gen_random_uuid() END,
    CASE WHEN j.status = 'in_progress' THEN now() + interval '1 day' END
  FROM (
    SELECT n, at, status, n / 700 % 4 AS kind,
      CASE WHEN n % 8 = 3 THEN 'chain' WHEN n % 20000 = 7 THEN 'corner-café' ELSE 'restaurant-' || n % 50 END AS restaurant,
      CASE WHEN status IN ('completed', 'failed', 'cancelled') THEN at + (20 + n % 60) * interval '1 second' END AS ended
    FROM (
      SELECT n, now() - (${total} - n) * (interval '29 days' / ${total}::float8) - interval '2 minutes' AS at,
        CASE WHEN ${total} - n < ${RUNNING} THEN 'in_progress' WHEN n / 7 % 100 < 2 THEN 'pending'
          WHEN n / 7 % 100 < 5 THEN 'failed' WHEN n / 7 % 100 = 5 THEN 'cancelled' ELSE 'completed' END AS status
      FROM generate_series(${from}::int + 1, ${from + size}::int) n
    ) each
  ) j`

/** What triggers would have written, and what is there beside jobs. */
const REST = [
  `INSERT INTO job_queue (id, lane, state, rank, organisation_id, job_type, run_at, expires_at, timeout_ms, retrying)
   SELECT id, lane, CASE WHEN run_at > now() THEN 'scheduled' ELSE 'ready' END, 0, organisation_id, job_type, run_at,
     expires_at, timeout_ms, retry_count > 0 FROM script_jobs WHERE status = 'pending'`,
  `INSERT INTO workers (name, boot_id, seen_at, lanes)
   VALUES ('robot-1', gen_random_uuid(), now() + interval '1 day', '{"browser": 16, "default": 8}')`,
  `INSERT INTO job_leases (id, token, owner, boot, lane, expires_at, timeout_at, organisation_id)
   SELECT j.id, j.lease_token, j.lease_owner, w.boot_id, j.lane, j.lease_expires_at, j.timeout_at, j.organisation_id
   FROM script_jobs j, workers w WHERE j.status = 'in_progress'`,
  `INSERT INTO job_failures (job_id, failed_at, organisation_id, restaurant_id, fingerprint, job_type, step, code, message)
   SELECT id, failed_at, organisation_id, restaurant_id, error_fingerprint, job_type, error_step, error_code, error_message
   FROM script_jobs WHERE failed_at IS NOT NULL`,
  `CREATE TEMP TABLE looked_at AS
   SELECT id, status, attempt, created_at AS at FROM script_jobs WHERE attempt > 0 ORDER BY id DESC LIMIT ${WITH_HISTORY}`,
  `INSERT INTO job_steps (job_id, attempt, name, number, started_at, ended_at, outcome)
   SELECT l.id, 1, (ARRAY['sign-in', 'open', 'read', 'save', 'check'])[s], s, l.at + s * interval '3 seconds',
     l.at + (s + 1) * interval '3 seconds', CASE WHEN s = 4 AND l.status = 'failed' THEN 'failed' ELSE 'completed' END
   FROM looked_at l, generate_series(1, CASE WHEN l.status = 'failed' THEN 4 ELSE 5 END) s`,
  `INSERT INTO job_logs (job_id, attempt, at, level, step, message)
   SELECT l.id, 1, l.at + n * interval '1 second', CASE WHEN n % 9 = 0 THEN 'warn' ELSE 'info' END,
     (ARRAY['sign-in', 'open', 'read', 'save', 'check'])[1 + n / 50], 'Line ' || n || ' of what the robot saw and did.'
   FROM looked_at l, generate_series(1, 249) n`,
  `INSERT INTO job_evidence (job_id, attempt, step, outcome, at, url, title, picture)
   SELECT s.job_id, 1, s.name, s.outcome, s.ended_at, 'https://portal.example/' || s.name, 'Portal', s.name || '.jpg'
   FROM job_steps s`,
  `INSERT INTO job_artifacts (job_id, name, kind, content_type, size, sha256, attempt, step, store, key)
   SELECT s.job_id, s.name || '.jpg', 'picture', 'image/jpeg', 5000, repeat('0', 64), 1, s.name, 'files', s.name
   FROM job_steps s`,
  `INSERT INTO job_prompts (id, job_id, attempt, lease_token, step, kind, label, times_asked, state, deadline)
   SELECT gen_random_uuid(), l.id, 1, l.token, 'sign-in', 'otp', 'Code from the phone', 1, 'open', now() + interval '1 day'
   FROM job_leases l ORDER BY l.id LIMIT 5`
]

/** Built at once over all rows, they take a fraction of the time. Those of constraints stay. */
const indexes = (sql: SQL) => sql<ReadonlyArray<{ name: string; definition: string }>>`
  SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
  WHERE i.indrelid = 'script_jobs'::regclass AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)`

/** Without triggers, so that nothing follows from these jobs but what is written here. */
const seedBoard = async (sql: SQL, total: number): Promise<void> => {
  await sql`SET session_replication_role = replica`
  await sql`SET synchronous_commit = off`
  await sql`SET maintenance_work_mem = '512MB'`
  const later = await indexes(sql)
  for (const { name } of later) await sql.unsafe(`DROP INDEX ${name}`)
  await inChunks(total, CHUNK, (size, from) => jobs(sql, total, size, from))
  for (const { definition } of later) await sql.unsafe(definition)
  for (const statement of REST) await sql.unsafe(statement)
  // What changes from here on is told.
  await sql`SET session_replication_role = origin`
  await sql`VACUUM ANALYZE`
  await sql`SELECT count_job_minutes(interval '0 seconds'), refresh_job_estimates(interval '0 seconds')`
}

/** Once for a database that is kept, which then says how many jobs it has. */
export const seedOnce = async (sql: SQL, total: number): Promise<void> => {
  await sql`CREATE TABLE IF NOT EXISTS bench_seed (jobs integer NOT NULL)`
  const [seeded] = await sql<ReadonlyArray<{ jobs: number }>>`SELECT jobs FROM bench_seed`
  if (seeded !== undefined && seeded.jobs !== total) throw new Error(`That database has ${seeded.jobs} jobs.`)
  if (seeded !== undefined) return
  await seedBoard(sql, total)
  await sql`INSERT INTO bench_seed (jobs) VALUES (${total})`
}
