/** What the cells of the role table are done to. Each is made anew, written as its owner would have written it. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { insertJob, run } from "../runtime/postgres/asMember.ts"
import type { Thing } from "./RoleRow.ts"

export interface Made {
  readonly id: string
  /** What else names it. */
  readonly more: string
}

const at = new Date().toISOString()
/** The one store of these tests. */
export const STORE = "here"

const LATER = "2100-01-01T00:00:00Z"

const running = (organisation: string) =>
  Effect.gen(function* () {
    const token = crypto.randomUUID()
    const lease = { lease_owner: "worker-z", lease_token: token, lease_expires_at: LATER }
    const id = yield* insertJob({
      ...{ organisation_id: organisation, status: "in_progress", attempt: 1, started_at: at, timeout_at: LATER },
      ...lease
    })
    yield* run(`
      INSERT INTO job_leases (id, token, owner, boot, lane, expires_at, timeout_at, organisation_id)
      VALUES ('${id}', '${token}', 'worker-z', gen_random_uuid(), 'default', '${LATER}', '${LATER}', '${organisation}')`)
    return { id, token }
  })

const asking = (organisation: string) =>
  Effect.gen(function* () {
    const { id, token } = yield* running(organisation)
    const prompt = Bun.randomUUIDv7()
    yield* run(`
      INSERT INTO job_prompts (id, job_id, attempt, lease_token, kind, label, times_asked, state, deadline)
      VALUES ('${prompt}', '${id}', 1, '${token}', 'otp', 'The code', 1, 'open', '${LATER}')`)
    return { id, more: prompt }
  })

const failed = (organisation: string) =>
  Effect.gen(function* () {
    const id = yield* insertJob({ organisation_id: organisation, status: "failed", error_code: "NOT_FOUND" })
    yield* run(`INSERT INTO job_attempts (job_id, attempt, worker) VALUES ('${id}', 1, 'w')`)
    yield* run(`INSERT INTO job_checkpoints (job_id, name, attempt, output) VALUES ('${id}', 'look', 1, '{}')`)
    yield* run(`
      INSERT INTO ai_calls (id, job_id, attempt, model, cost_micros, prompt)
      VALUES ('${Bun.randomUUIDv7()}', '${id}', 1, 'm', 1, 'hello')`)
    yield* run(`INSERT INTO job_logs (job_id, attempt, at, level, message) VALUES ('${id}', 1, now(), 'info', 'hello')`)
    const [row] = yield* run(`SELECT job_id FROM script_jobs WHERE id = '${id}'`)
    return { id, more: String(row?.jobId) }
  })

const file = (organisation: string) =>
  Effect.gen(function* () {
    const id = yield* insertJob({ organisation_id: organisation })
    yield* run(`
      INSERT INTO job_artifacts (job_id, name, kind, content_type, size, sha256, store, key)
      VALUES ('${id}', 'menu.txt', 'file', 'text/plain', 0, repeat('0', 64), '${STORE}', 'k')`)
    return { id, more: "menu.txt" }
  })

const schedule = (organisation: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const id = Bun.randomUUIDv7()
    yield* sql`
      INSERT INTO job_schedules (id, organisation_id, name, cron, time_zone, job_type, input_payload, next_run_at)
      VALUES (${id}::uuid, ${organisation}, ${id}, '0 3 * * *', 'UTC', 'idle', '{}', ${LATER}::timestamptz)`
    return { id, more: id }
  })

const key = (organisation: string) =>
  Effect.gen(function* () {
    const id = Bun.randomUUIDv7()
    yield* run(`
      INSERT INTO api_keys (id, hash, name, role, organisation_id)
      VALUES ('${id}', decode(repeat('0', 32) || replace('${id}', '-', ''), 'hex'), 'Bob', 'viewer', '${organisation}')`)
    return id
  })

const webhook = (organisation: string) =>
  Effect.gen(function* () {
    const id = Bun.randomUUIDv7()
    yield* run(`
      INSERT INTO webhooks (id, organisation_id, url, events, secret)
      VALUES ('${id}', '${organisation}', 'https://hooks.example.com/x', '{*}', '{"$sealed": "x"}')`)
    return id
  })

const entry = (organisation: string) =>
  run(`
    INSERT INTO audit_log (id, organisation_id, via, subject, name, action)
    VALUES ('${Bun.randomUUIDv7()}', '${organisation}', 'key', 'bob', 'Bob', 'create')`)

const idOnly = (id: string): Made => ({ id, more: "" })

/** `subject` creates what is said to be their own. */
export const make = (thing: Thing, organisation: string, subject: string) => {
  const inOrganisation = { organisation_id: organisation }
  switch (thing) {
    case "nothing":
      return Effect.succeed(idOnly(""))
    case "their own waiting job":
      return Effect.map(insertJob({ ...inOrganisation, created_by: subject }), idOnly)
    case "a waiting job of somebody else":
      return Effect.map(insertJob({ ...inOrganisation, created_by: "bob" }), idOnly)
    case "a running job":
      return Effect.map(running(organisation), ({ id }) => idOnly(id))
    case "a job that asks":
      return asking(organisation)
    case "a failed job":
      return failed(organisation)
    case "a batch": {
      const batch = Bun.randomUUIDv7()
      return Effect.as(insertJob({ ...inOrganisation, batch_id: batch }), idOnly(batch))
    }
    case "a file":
      return file(organisation)
    case "a schedule":
      return schedule(organisation)
    case "a key":
      return Effect.map(key(organisation), idOnly)
    case "a webhook":
      return Effect.map(webhook(organisation), idOnly)
    case "an entry of the audit":
      return Effect.as(entry(organisation), idOnly(""))
  }
}
