/** The rows of the role table that are for admins alone, and of those for admins of whoever runs the server. */
import { admins, type Row, rulers } from "./RoleRow.ts"

const schedule = { name: "at night", cron: "0 3 * * *", jobType: "idle", input: {} }

export const adminRows: ReadonlyArray<Row> = [
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
  { what: "List keys", request: "GET /api/keys", thing: "a key", may: admins, elsewhere: "not shown" },
  {
    what: "Make a key",
    request: "POST /api/keys",
    body: { name: "Bob", role: "viewer" },
    thing: "nothing",
    may: admins,
    elsewhere: "—"
  },
  { what: "Revoke a key", request: "DELETE /api/keys/%id", thing: "a key", may: admins, elsewhere: "not found" },
  {
    what: "Read the audit",
    request: "GET /api/audit",
    thing: "an entry of the audit",
    may: admins,
    elsewhere: "not shown"
  },
  { what: "List webhooks", request: "GET /api/webhooks", thing: "a webhook", may: admins, elsewhere: "not shown" },
  {
    what: "Make a webhook",
    request: "POST /api/webhooks",
    body: { url: "https://hooks.example.com/x", events: ["*"] },
    thing: "nothing",
    may: admins,
    elsewhere: "—"
  },
  {
    what: "Look at a webhook and what it sent, send it again or a test",
    request: "GET /api/webhooks/%id",
    also: [
      "GET /api/webhooks/:id/deliveries",
      "POST /api/webhooks/:id/deliveries/:deliveryId/retry",
      "POST /api/webhooks/:id/test"
    ],
    thing: "a webhook",
    may: admins,
    elsewhere: "not found"
  },
  {
    what: "Change a webhook or its secret",
    request: "PATCH /api/webhooks/%id",
    body: { enabled: false },
    also: ["POST /api/webhooks/:id/rotate-secret"],
    thing: "a webhook",
    may: admins,
    elsewhere: "not found"
  },
  {
    what: "Remove a webhook",
    request: "DELETE /api/webhooks/%id",
    thing: "a webhook",
    may: admins,
    elsewhere: "not found"
  },
  {
    what: "Pause or resume a lane",
    request: "POST /api/lanes/default/pause",
    also: ["POST /api/lanes/:lane/resume"],
    thing: "nothing",
    may: rulers,
    elsewhere: "—",
    sql: "SELECT 1 AS done FROM pause_work('lane', 'default', 'because')"
  },
  {
    what: "Pause or resume a job type",
    request: "POST /api/types/idle/resume",
    also: ["POST /api/types/:type/pause"],
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
