/** The row of `job_schedules` as the driver gives it, and the schedule that callers see. */
import { type DateTime, Option, Schema } from "effect"
import { nextTime } from "../../domain/CronExpression.ts"
import { JobId } from "../../domain/JobId.ts"
import { type JobSchedule, MissedRuns, Overlap, ScheduleId, ScheduleOptions } from "../../domain/JobSchedule.ts"
import type { JobTypes } from "../../domain/JobType.ts"
import { MASK, mapSecrets } from "../../domain/Secret.ts"

const Timestamp = Schema.DateTimeUtcFromDate

export const JobScheduleRow = Schema.Struct({
  id: ScheduleId,
  organisationId: Schema.String,
  name: Schema.String,
  cron: Schema.String,
  timeZone: Schema.String,
  jobType: Schema.String,
  inputPayload: Schema.Json,
  missedRuns: MissedRuns,
  overlap: Overlap,
  options: ScheduleOptions,
  pausedAt: Schema.NullOr(Timestamp),
  nextRunAt: Schema.NullOr(Timestamp),
  lastRunAt: Schema.NullOr(Timestamp),
  lastJobId: Schema.NullOr(JobId),
  lastSkippedAt: Schema.NullOr(Timestamp),
  lastSkippedBecause: Schema.NullOr(Schema.Literals(["missed", "overlap"])),
  lastError: Schema.NullOr(Schema.String),
  lastErrorAt: Schema.NullOr(Timestamp),
  createdBy: Schema.NullOr(Schema.String),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  revision: Schema.Int
})
export type JobScheduleRow = typeof JobScheduleRow.Type

const NO_NEXT_TIME = "It is paused, because this server finds no next time for its cron expression and time zone."

/**
 * The columns of a schedule that goes on after `now`. Expressions are checked when they are stored, but this server may
 * know fewer time zones than the one that stored it.
 */
export const goingOn = ({ cron, timeZone }: Pick<JobScheduleRow, "cron" | "timeZone">, now: DateTime.Utc) =>
  Option.match(nextTime(cron, timeZone, now), {
    onNone: () => ({ nextRunAt: null, pausedAt: now, lastError: NO_NEXT_TIME, lastErrorAt: now }),
    onSome: (nextRunAt) => ({ nextRunAt, pausedAt: null })
  })

/** The public schedule. Secrets are masked here, and only here, for every reader. */
export const scheduleOf = (row: JobScheduleRow, types: typeof JobTypes.Service): JobSchedule => {
  const type = Option.getOrUndefined(types.find(row.jobType))
  return {
    id: row.id,
    name: row.name,
    cron: row.cron,
    timeZone: row.timeZone,
    jobType: row.jobType,
    input: (type === undefined ? {} : mapSecrets(type.inputSchema, row.inputPayload, () => MASK)) as Schema.Json,
    missedRuns: row.missedRuns,
    overlap: row.overlap,
    options: row.options,
    organisationId: row.organisationId,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    revision: row.revision,
    ...(row.pausedAt !== null && { pausedAt: row.pausedAt }),
    ...(row.nextRunAt !== null && { nextRunAt: row.nextRunAt }),
    ...(row.lastRunAt !== null && { lastRunAt: row.lastRunAt }),
    ...(row.lastJobId !== null && { lastJobId: row.lastJobId }),
    ...(row.lastSkippedAt !== null &&
      row.lastSkippedBecause !== null && { lastSkipped: { at: row.lastSkippedAt, because: row.lastSkippedBecause } }),
    ...(row.lastError !== null &&
      row.lastErrorAt !== null && { lastError: { at: row.lastErrorAt, message: row.lastError } }),
    ...(row.createdBy !== null && { createdBy: row.createdBy })
  }
}
