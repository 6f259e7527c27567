/** People as the database sees them: a role and the claims of a token, for one transaction. */
import { DateTime, Effect, Predicate } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { readableJobId } from "../../../src/domain/JobId.ts"

export const claimsOf = (sub: string, organisation: string, role = "member") => ({
  sub,
  organisation_id: organisation,
  role
})

/** Runs the body in a transaction of its own, with these claims (an object, or whatever text stands there). */
export const as =
  (claims: object | string, role = "callboard_member") =>
  <A, E, R>(body: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      return yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* sql`SET LOCAL ROLE ${sql(role)}`
          const text = typeof claims === "string" ? claims : JSON.stringify(claims)
          yield* sql`SELECT set_config('request.jwt.claims', ${text}, true)`
          return yield* body
        })
      )
    })

/** Any statement, as it stands there. */
export const run = (statement: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe<Record<string, unknown>>(statement))

/** The first column of each row. */
export const column = (statement: string) =>
  Effect.map(run(statement), (rows) => rows.map((row) => Object.values(row)[0]))

/** The SQLSTATE that it fails with. */
export const refusal = <A, R>(body: Effect.Effect<A, SqlError.SqlError, R>) =>
  Effect.map(Effect.flip(body), ({ reason }) =>
    Predicate.hasProperty(reason.cause, "code") ? String(reason.cause.code) : reason.message
  )

export const INSUFFICIENT_PRIVILEGE = "42501"

/** Inserts a job with exactly these columns besides those that each job needs, and gives its id. */
export const insertJob = (columns: Record<string, unknown>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const id = Bun.randomUUIDv7()
    const row: Record<string, unknown> = {
      id,
      job_id: readableJobId(DateTime.makeUnsafe(Date.now()), crypto.getRandomValues(Buffer.alloc(4))),
      job_type: "idle",
      lane: "default",
      input_payload: {},
      total_steps: 2,
      max_retries: 3,
      timeout_ms: 60_000,
      expires_at: "2100-01-01T00:00:00Z",
      ...columns
    }
    const names = Object.keys(row).join(", ")
    yield* sql.unsafe(
      `INSERT INTO script_jobs (${names}) SELECT ${names} FROM json_populate_record(NULL::script_jobs, $1::text::json)`,
      [JSON.stringify(row)]
    )
    return String(row.id)
  })
