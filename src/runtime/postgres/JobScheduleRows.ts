/** Reads and writes rows of `job_schedules`. */
import { DateTime, Effect, Schema } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import type { ScheduleId } from "../../domain/JobSchedule.ts"
import { ScheduleNotFound } from "../../domain/JobSchedules.ts"
import { NotAllowed } from "../../domain/NotAllowed.ts"
import { JobScheduleRow } from "./JobScheduleRow.ts"

const decodeRow = Schema.decodeUnknownEffect(JobScheduleRow)
const decodeTime = Schema.decodeUnknownEffect(Schema.DateTimeUtcFromDate)
const encodeOptions = Schema.encodeSync(JobScheduleRow.fields.options)

/** What an insert gives; the rest of a row are defaults. */
export type NewRow = Pick<
  JobScheduleRow,
  | "id"
  | "organisationId"
  | "name"
  | "cron"
  | "timeZone"
  | "jobType"
  | "inputPayload"
  | "missedRuns"
  | "overlap"
  | "options"
  | "pausedAt"
  | "nextRunAt"
  | "createdBy"
>

const dateOf = (time: DateTime.Utc | null) => (time === null ? null : DateTime.toDate(time))

export const makeJobScheduleRows = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const json = (value: unknown) => sql`${JSON.stringify(value)}::text::jsonb`

  const decoded = (statement: Statement.Statement<object>) =>
    Effect.flatMap(statement, (rows) => Effect.forEach(rows, (row) => decodeRow(row)))

  /** One row that cannot be read, such as one of a newer version, must not take a whole list with it. */
  const readable = (found: ReadonlyArray<object>) =>
    Effect.forEach(found, (row) =>
      decodeRow(row).pipe(
        Effect.map((one) => [one]),
        Effect.catch((error) => Effect.as(Effect.logError("a row of job_schedules cannot be read", error), []))
      )
    ).pipe(Effect.map((some) => some.flat()))

  /** The database's clock decides what is due. */
  const now = Effect.flatMap(sql<{ now: Date }>`SELECT now()`, (rows) => decodeTime(rows[0]?.now))

  /**
   * Holds the row until the end of the transaction. `waiting` for who has it now, or passing over it: undefined then,
   * and when there is no such row or it does not fit the condition.
   */
  const lock = (
    id: ScheduleId,
    { condition = sql`true`, waiting }: { condition?: Statement.Fragment; waiting: boolean }
  ) =>
    decoded(
      sql`SELECT * FROM job_schedules WHERE id = ${id}::uuid AND ${condition} FOR UPDATE ${waiting ? sql`` : sql`SKIP LOCKED`}`
    ).pipe(Effect.map((rows) => rows[0]))

  /** Why a row cannot be had: a policy passes over one that the caller may see, but not change. */
  const refuse = (id: ScheduleId, operation: string) =>
    Effect.gen(function* () {
      const seen = yield* sql`SELECT id FROM job_schedules WHERE id = ${id}::uuid`
      return yield* seen.length > 0 ? new NotAllowed({ operation }) : new ScheduleNotFound({ ref: id })
    })

  const insert = (row: NewRow) =>
    decoded(sql`
      INSERT INTO job_schedules (
        id, organisation_id, name, cron, time_zone, job_type, input_payload, missed_runs, overlap, options, paused_at,
        next_run_at, created_by
      ) VALUES (
        ${row.id}::uuid, ${row.organisationId}, ${row.name}, ${row.cron}, ${row.timeZone}, ${row.jobType}, ${json(row.inputPayload)},
        ${row.missedRuns}, ${row.overlap}, ${json(encodeOptions(row.options))}, ${dateOf(row.pausedAt)},
        ${dateOf(row.nextRunAt)}, ${row.createdBy}
      ) RETURNING *`).pipe(Effect.map((rows) => rows[0]!))

  /** Writes what may change. The caller holds the row. */
  const save = (row: JobScheduleRow) =>
    decoded(sql`
      UPDATE job_schedules SET
        name = ${row.name}, cron = ${row.cron}, time_zone = ${row.timeZone}, job_type = ${row.jobType},
        input_payload = ${json(row.inputPayload)}, missed_runs = ${row.missedRuns}, overlap = ${row.overlap},
        options = ${json(encodeOptions(row.options))},
        paused_at = ${dateOf(row.pausedAt)}, next_run_at = ${dateOf(row.nextRunAt)},
        last_run_at = ${dateOf(row.lastRunAt)}, last_job_id = ${row.lastJobId}::uuid,
        last_skipped_at = ${dateOf(row.lastSkippedAt)}, last_skipped_because = ${row.lastSkippedBecause},
        last_error = ${row.lastError}, last_error_at = ${dateOf(row.lastErrorAt)}
      WHERE id = ${row.id}::uuid
      RETURNING *`).pipe(Effect.map((rows) => rows[0]!))

  return { decoded, readable, refuse, now, lock, insert, save }
})
