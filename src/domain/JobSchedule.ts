/** A schedule: a job that is made again and again, at the times of a cron expression in a time zone. */
import { Schema, Struct } from "effect"
import { CronText, TimeZoneName } from "./CronExpression.ts"
import { Time } from "./Job.ts"
import { JobId } from "./JobId.ts"
import { CreateJob } from "./Jobs.ts"
import { StorableText, unstorable } from "./Storable.ts"

export const ScheduleId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("ScheduleId"))
export type ScheduleId = typeof ScheduleId.Type

export const MissedRuns = Schema.Literals(["run_once", "skip"]).annotate({
  description: "What to do about runs whose time passed while nothing could start them: one job for all, or none."
})
export type MissedRuns = typeof MissedRuns.Type

export const Overlap = Schema.Literals(["allow", "skip"]).annotate({
  description: "Whether a run may start while the job of the one before is pending or running; skip leaves it out."
})
export type Overlap = typeof Overlap.Type

/** What each job of the schedule gets besides its type and input. */
export const ScheduleOptions = Schema.Struct(
  Struct.pick(CreateJob.fields, [
    "priority",
    "maxRetries",
    "timeoutMs",
    "restaurantId",
    "concurrencyKey",
    "dedupeKey",
    "clientRef",
    "labels"
  ])
).annotate({ identifier: "ScheduleOptions" })
export type ScheduleOptions = typeof ScheduleOptions.Type

const text = { name: StorableText.check(Schema.isMinLength(1), Schema.isMaxLength(100)), jobType: Schema.String }

const settings = {
  timeZone: Schema.optionalKey(TimeZoneName),
  missedRuns: Schema.optionalKey(MissedRuns),
  overlap: Schema.optionalKey(Overlap),
  options: Schema.optionalKey(ScheduleOptions),
  paused: Schema.optionalKey(Schema.Boolean)
}

const storable = Schema.makeFilter((value: unknown) => unstorable(value))

/** Default: UTC, `run_once`, `allow`, no options, not paused. */
export const CreateSchedule = Schema.Struct({ ...text, cron: CronText, input: Schema.Json, ...settings })
  .check(storable)
  .annotate({ identifier: "CreateSchedule" })
export type CreateSchedule = typeof CreateSchedule.Type

/** Absent fields stay as they are. `input` and `options` are replaced as a whole. */
export const UpdateSchedule = Schema.Struct({
  name: Schema.optionalKey(text.name),
  cron: Schema.optionalKey(CronText),
  jobType: Schema.optionalKey(text.jobType),
  input: Schema.optionalKey(Schema.Json),
  ...settings
})
  .check(storable)
  .annotate({ identifier: "UpdateSchedule" })
export type UpdateSchedule = typeof UpdateSchedule.Type

/** A schedule as callers see it. Absent means "not (yet)". */
export const JobSchedule = Schema.Struct({
  id: ScheduleId,
  name: Schema.String,
  cron: Schema.String,
  timeZone: Schema.String,
  jobType: Schema.String,
  /** Secrets are masked. */
  input: Schema.Json,
  missedRuns: MissedRuns,
  overlap: Overlap,
  options: ScheduleOptions,
  pausedAt: Schema.optionalKey(Time),
  /** Absent while it is paused. */
  nextRunAt: Schema.optionalKey(Time),
  /** When it made its last job. */
  lastRunAt: Schema.optionalKey(Time),
  lastJobId: Schema.optionalKey(JobId),
  /** The last run that made no job on purpose: its time, and the setting that says so. */
  lastSkipped: Schema.optionalKey(Schema.Struct({ at: Time, because: Schema.Literals(["missed", "overlap"]) })),
  /** Why the last run made no job. Absent once one did. */
  lastError: Schema.optionalKey(Schema.Struct({ at: Time, message: Schema.String })),
  organisationId: Schema.String,
  createdBy: Schema.optionalKey(Schema.String),
  createdAt: Time,
  updatedAt: Time,
  /** Rises with each change and each run. */
  revision: Schema.Int
}).annotate({ identifier: "Schedule" })
export type JobSchedule = typeof JobSchedule.Type
