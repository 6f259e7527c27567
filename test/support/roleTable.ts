/**
 * Who may do what: the rows of docs/security.md, each with the request that does it and the statement that does the same
 * in SQL. `%id` stands for the thing that it is done to, `%more` for what else names it.
 */

export const columns = ["viewer", "member", "operator", "admin", "ruler", "service"] as const
export type Column = (typeof columns)[number]

const everybody = columns
const members = ["member", "operator", "admin", "ruler", "service"] as const
const operators = ["operator", "admin", "ruler", "service"] as const
const admins = ["admin", "ruler", "service"] as const
const rulers = ["ruler", "service"] as const

/** Made anew for each cell, in the caller's organisation and in another one. */
export type Thing =
  | "nothing"
  | "their own waiting job"
  | "a waiting job of somebody else"
  | "a running job"
  | "a job that asks"
  | "a failed job"
  | "a batch"
  | "a file"
  | "a schedule"

export interface Row {
  readonly what: string
  readonly request: `${"GET" | "POST" | "PATCH" | "DELETE"} ${string}`
  readonly body?: unknown
  readonly thing: Thing
  readonly may: ReadonlyArray<Column>
  /** Who is let in to have it looked for, because whose it is decides. Default: those who may. Others are refused before. */
  readonly mayTry?: ReadonlyArray<Column>
  /** In another organisation: it does not exist, a list does not show it, or there is no way to name it. */
  readonly elsewhere: "not found" | "not shown" | "—"
  /** Gives a row when it was done. Absent where the database has no part in it. */
  readonly sql?: string
}

const job = { jobType: "idle", input: {} }
const schedule = { name: "at night", cron: "0 3 * * *", jobType: "idle", input: {} }

const newRow = (type: string) => `SELECT unnest(written) FROM insert_jobs(json_build_array(json_build_object(
  'id', first_id_at(now()), 'job_id', 'JOB_20260101_000000_0000abcd', 'job_type', '${type}', 'lane', 'default',
  'input', '{}'::json, 'total_steps', 1, 'max_retries', 3, 'timeout_ms', 60000, 'organisation_id', '%org',
  'created_by', 'ann')), '1 day')`

const cancel = `UPDATE script_jobs SET cancel_requested_at = now(),
  status = CASE WHEN status = 'pending' THEN 'cancelled' ELSE status END WHERE id = '%id' RETURNING id`

export const rows: ReadonlyArray<Row> = [
  {
    what: "List jobs",
    request: "GET /api/jobs",
    thing: "a failed job",
    may: everybody,
    elsewhere: "not shown",
    sql: "SELECT id FROM script_jobs WHERE id = '%id'"
  },
  {
    what: "Look at a job",
    request: "GET /api/jobs/%id",
    thing: "a running job",
    may: everybody,
    elsewhere: "not found",
    sql: "SELECT id FROM waiting_reasons_for_callers('{%id}') UNION SELECT id FROM script_jobs WHERE id = '%id'"
  },
  {
    what: "Poll a job",
    request: "GET /api/jobs/%id/status",
    thing: "a job that asks",
    may: everybody,
    elsewhere: "not found",
    sql: "SELECT id FROM open_prompts_for_callers() WHERE job_id = '%id'"
  },
  {
    what: "Read a job's attempts",
    request: "GET /api/jobs/%id/attempts",
    thing: "a failed job",
    may: everybody,
    elsewhere: "not found",
    sql: "SELECT job_id FROM job_attempts WHERE job_id = '%id'"
  },
  {
    what: "Read a job's log",
    request: "GET /api/jobs/%id/logs",
    thing: "a failed job",
    may: everybody,
    elsewhere: "not found",
    sql: "SELECT id FROM job_logs WHERE job_id = '%id'"
  },
  {
    what: "List a job's files",
    request: "GET /api/jobs/%id/artifacts",
    thing: "a file",
    may: everybody,
    elsewhere: "not found",
    sql: "SELECT name FROM job_artifacts WHERE job_id = '%id'"
  },
  {
    what: "Read a file",
    request: "GET /api/jobs/%id/artifacts/%more",
    thing: "a file",
    may: everybody,
    elsewhere: "not found",
    sql: "SELECT name FROM job_artifacts WHERE job_id = '%id' AND name = '%more'"
  },
  {
    what: "Look at a batch",
    request: "GET /api/batches/%id",
    thing: "a batch",
    may: everybody,
    elsewhere: "not found",
    sql: "SELECT id FROM script_jobs WHERE batch_id = '%id'"
  },
  {
    what: "List failures",
    request: "GET /api/failures",
    thing: "a failed job",
    may: everybody,
    elsewhere: "not shown",
    sql: "SELECT latest_job_id FROM script_jobs_failed_summary WHERE latest_job_id = '%more'"
  },
  {
    what: "List lanes",
    request: "GET /api/lanes",
    thing: "a running job",
    may: everybody,
    elsewhere: "—",
    sql: "SELECT lane FROM lanes_for_callers()"
  },
  { what: "List job types", request: "GET /api/jobs/types", thing: "nothing", may: everybody, elsewhere: "—" },
  {
    what: "List schedules",
    request: "GET /api/schedules",
    thing: "a schedule",
    may: everybody,
    elsewhere: "not shown",
    sql: "SELECT id FROM job_schedules WHERE id = '%id'"
  },
  {
    what: "Look at a schedule",
    request: "GET /api/schedules/%id",
    thing: "a schedule",
    may: everybody,
    elsewhere: "not found",
    sql: "SELECT id FROM job_schedules WHERE id = '%id'"
  },
  {
    what: "Create a job",
    request: "POST /api/jobs",
    body: job,
    thing: "nothing",
    may: members,
    elsewhere: "—",
    sql: newRow("idle")
  },
  {
    what: "Create a batch",
    request: "POST /api/jobs/batch",
    body: { jobs: [job, job] },
    thing: "nothing",
    may: members,
    elsewhere: "—",
    sql: newRow("idle")
  },
  {
    what: "Cancel a waiting job of their own",
    request: "POST /api/jobs/%id/cancel",
    thing: "their own waiting job",
    may: members,
    elsewhere: "not found",
    sql: cancel
  },
  {
    what: "Cancel a waiting job of somebody else",
    request: "POST /api/jobs/%id/cancel",
    thing: "a waiting job of somebody else",
    may: operators,
    mayTry: members,
    elsewhere: "not found",
    sql: cancel
  },
  {
    what: "Stop a running job",
    request: "DELETE /api/jobs/%id",
    thing: "a running job",
    may: operators,
    mayTry: members,
    elsewhere: "not found",
    sql: cancel
  },
  {
    what: "Retry a job",
    request: "POST /api/jobs/%id/retry",
    body: { from: "start", input: { text: "again" } },
    thing: "a failed job",
    may: operators,
    elsewhere: "not found",
    sql: `SELECT id FROM retry_job('%id', true, NULL, '{"text": "again"}', NULL, NULL, '1 day')`
  },
  {
    what: "Answer what a job asks",
    request: "POST /api/jobs/%id/input",
    body: { promptId: "%more", value: "123456" },
    thing: "a job that asks",
    may: operators,
    elsewhere: "not found",
    sql: `SELECT id FROM answer_prompt('%id', '%more', '{"$sealed": "x"}')`
  },
  {
    what: "Remove a job that has ended",
    request: "DELETE /api/jobs/%id",
    thing: "a failed job",
    may: operators,
    mayTry: members,
    elsewhere: "not found",
    sql: "DELETE FROM script_jobs WHERE id = '%id' RETURNING id"
  },
  {
    what: "Cancel or retry many jobs",
    request: "POST /api/jobs/bulk",
    body: { action: "retry", filter: { status: ["failed"] } },
    thing: "nothing",
    may: operators,
    elsewhere: "—",
    sql: newRow("change-many-jobs")
  },
  {
    what: "Make a schedule",
    request: "POST /api/schedules",
    body: schedule,
    thing: "nothing",
    may: admins,
    elsewhere: "—",
    sql: `INSERT INTO job_schedules (id, organisation_id, name, cron, time_zone, job_type, input_payload, next_run_at,
      created_by) VALUES (gen_random_uuid(), '%org', 'at night', '0 3 * * *', 'UTC', 'idle', '{}', now(), 'ann')
      RETURNING id`
  },
  {
    what: "Change a schedule",
    request: "PATCH /api/schedules/%id",
    body: { paused: true },
    thing: "a schedule",
    may: admins,
    elsewhere: "not found",
    sql: "UPDATE job_schedules SET paused_at = now(), next_run_at = NULL WHERE id = '%id' RETURNING id"
  },
  {
    what: "Run a schedule now",
    request: "POST /api/schedules/%id/run",
    thing: "a schedule",
    may: admins,
    elsewhere: "not found",
    sql: "SELECT id FROM job_schedules WHERE id = '%id' FOR UPDATE"
  },
  {
    what: "Remove a schedule",
    request: "DELETE /api/schedules/%id",
    thing: "a schedule",
    may: admins,
    elsewhere: "not found",
    sql: "DELETE FROM job_schedules WHERE id = '%id' RETURNING id"
  },
  {
    what: "Pause or resume a lane",
    request: "POST /api/lanes/default/pause",
    thing: "nothing",
    may: rulers,
    elsewhere: "—",
    sql: "SELECT 1 AS done FROM pause_work('lane', 'default', 'because')"
  },
  {
    what: "Pause or resume a job type",
    request: "POST /api/types/idle/resume",
    thing: "nothing",
    may: rulers,
    elsewhere: "—",
    sql: "SELECT 1 AS done FROM resume_work('type', 'idle', 'default')"
  },
  {
    what: "Clean up now",
    request: "POST /api/jobs/cleanup",
    thing: "nothing",
    may: rulers,
    elsewhere: "—",
    sql: "SELECT 1 AS done FROM callboard_insist('rule')"
  }
]
