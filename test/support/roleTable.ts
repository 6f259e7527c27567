/**
 * Who may do what: the rows of docs/security.md, each with the request that does it and the statement that does the same
 * in SQL. `%id` stands for the thing that it is done to, `%more` for what else names it.
 */

import { everybody, members, operators, type Row } from "./RoleRow.ts"
import { adminRows } from "./roleRowsOfAdmins.ts"

const job = { jobType: "idle", input: {} }

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
    what: "Follow all jobs",
    request: "HEAD /api/events",
    thing: "nothing",
    may: everybody,
    elsewhere: "—"
  },
  {
    what: "Follow a job",
    request: "HEAD /api/jobs/%id/events",
    thing: "a failed job",
    may: everybody,
    elsewhere: "not found"
  },
  { what: "Read statistics", request: "GET /api/stats", thing: "nothing", may: everybody, elsewhere: "—" },
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
    what: "List the steps that a job has done",
    request: "GET /api/jobs/%id/checkpoints",
    thing: "a failed job",
    may: everybody,
    elsewhere: "not found",
    sql: "SELECT name FROM job_checkpoints WHERE job_id = '%id'"
  },
  {
    what: "Read what a job asked an AI, and the answers",
    request: "GET /api/jobs/%id/ai-calls",
    thing: "a failed job",
    may: everybody,
    elsewhere: "not found",
    sql: "SELECT prompt FROM ai_calls WHERE job_id = '%id'"
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
    also: ["POST /api/registration/:jobType"],
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
    what: "Upload a file to import jobs from",
    request: "POST /api/uploads",
    body: "text",
    contentType: "text/csv",
    thing: "nothing",
    may: members,
    elsewhere: "—"
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
  ...adminRows
]
