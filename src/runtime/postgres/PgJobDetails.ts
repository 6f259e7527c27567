/** What the tabs of one job's page read. */
import { Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { JobDetails, type LineCount, type LogFilter, logLevels } from "../../domain/JobDetails.ts"
import type { JobId } from "../../domain/JobId.ts"
import { forCallers, makeCallers } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { containing } from "./containing.ts"
import { LogLineRow, logLineOf } from "./HistoryRows.ts"

const CheckpointRow = Schema.Struct({ name: Schema.String, attempt: Schema.Int, at: Schema.DateTimeUtcFromDate })

const CountRow = Schema.Struct({ attempt: Schema.Int, step: Schema.NullOr(Schema.String), lines: Schema.Int })

const countOf = ({ step, ...row }: typeof CountRow.Type): LineCount => ({ ...row, ...(step !== null && { step }) })

/** Lines that are counted; more would cost more than their number is worth. */
const MOST_COUNTED = 20_000

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const checkpointRows = SqlSchema.findAll({
    Request: Schema.String,
    Result: CheckpointRow,
    execute: (id) => sql`
      SELECT name, attempt, created_at AS at FROM job_checkpoints WHERE job_id = ${id}::uuid
      ORDER BY created_at, name LIMIT 500`
  })

  const conditions = (id: JobId, { attempt, level, q }: LogFilter, before: number | undefined) => [
    sql`job_id = ${id}::uuid`,
    ...(before === undefined ? [] : [sql`id < ${before}`]),
    ...(attempt === undefined ? [] : [sql`attempt = ${attempt}`]),
    ...(level === undefined ? [] : [sql`level = ANY (${logLevels.slice(logLevels.indexOf(level))}::text[])`]),
    ...(q === undefined ? [] : [sql`(message ILIKE ${containing(q)} OR step ILIKE ${containing(q)})`])
  ]
  const decodeLines = Schema.decodeUnknownEffect(Schema.Array(LogLineRow))
  const lines: (typeof JobDetails.Service)["lines"] = (id, filter, { before, limit }) =>
    sql`SELECT id::float8, attempt, at, level, step, message FROM job_logs
      WHERE ${sql.and(conditions(id, filter, before))} ORDER BY job_logs.id DESC LIMIT ${limit}`.pipe(
      Effect.flatMap((rows) => decodeLines(rows)),
      Effect.map((rows) => rows.map(logLineOf).toReversed()),
      answered("lines")
    )

  const countRows = SqlSchema.findAll({
    Request: Schema.String,
    Result: CountRow,
    execute: (id) => sql`
      SELECT attempt, step, count(*)::int AS lines
      FROM (SELECT attempt, step FROM job_logs WHERE job_id = ${id}::uuid ORDER BY id LIMIT ${MOST_COUNTED}) line
      GROUP BY attempt, step ORDER BY attempt, step`
  })

  const details = JobDetails.of({
    checkpoints: (id) => checkpointRows(id).pipe(answered("checkpoints")),
    lines,
    lineCounts: (id) =>
      countRows(id).pipe(
        Effect.map((rows) => rows.map(countOf)),
        answered("lineCounts")
      )
  })
  return forCallers(yield* makeCallers, details)
})

export const layer = Layer.effect(JobDetails, make)
