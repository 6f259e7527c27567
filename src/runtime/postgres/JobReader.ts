/** Reads rows of `script_jobs` and gives jobs, with what they wait for. Used by everything that shows jobs. */
import { DateTime, Effect, Schema } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { JobTypes } from "../../domain/JobType.ts"
import { JobRow, jobOf } from "./JobRow.ts"
import { makeLaneLoads } from "./LaneLoads.ts"

const decodeRow = Schema.decodeUnknownEffect(JobRow)

/** One row that cannot be read, such as one of a newer version, must not take a whole list with it. */
const readable = (row: object) =>
  decodeRow(row).pipe(
    Effect.map((decoded) => [decoded]),
    Effect.catch((error) => Effect.as(Effect.logError("a row of script_jobs cannot be read", error), []))
  )

export const makeJobReader = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const types = yield* JobTypes
  const loadsFor = yield* makeLaneLoads

  /** Runs a statement that returns whole rows of `script_jobs`. */
  const write = (statement: Statement.Statement<object>) =>
    Effect.gen(function* () {
      const rows = (yield* Effect.forEach(yield* statement, readable)).flat()
      const loads = yield* loadsFor(rows)
      const now = yield* DateTime.now
      return rows.map((row) => jobOf(row, { types, loads, now }))
    })

  /** `rest` follows `SELECT * FROM script_jobs`. */
  const select = (rest: Statement.Fragment) => write(sql`SELECT * FROM script_jobs ${rest}`)

  return { write, select }
})
