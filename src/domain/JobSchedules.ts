/**
 * Contract of recurring jobs.
 *
 * Each run has a due time, and a due time makes at most one job, however many processes look and wherever one of them
 * stops: who fires holds the schedule's row, and the job's idempotency key is made of the schedule and the due time.
 * A run that starts more than a minute late counts as missed, and the schedule's `missedRuns` decides. Whatever
 * happens, the schedule goes on with its next time in the future, so that one that cannot run holds up nobody.
 */
import { Context, Effect, Option, Schema } from "effect"
import type { Job } from "./Job.ts"
import type { InvalidCursor } from "./JobReports.ts"
import { type CreateSchedule, type JobSchedule, ScheduleId, type UpdateSchedule } from "./JobSchedule.ts"
import type { CreateOptions, IdempotencyMismatch, JobsUnavailable } from "./Jobs.ts"
import type { InvalidInput, UnknownJobType } from "./JobType.ts"
import type { NotAllowed } from "./NotAllowed.ts"

export class ScheduleNotFound extends Schema.TaggedError<ScheduleNotFound>()("ScheduleNotFound", {
  ref: Schema.String
}) {}

/** Another schedule has this name. */
export class ScheduleNameTaken extends Schema.TaggedError<ScheduleNameTaken>()("ScheduleNameTaken", {
  name: Schema.String
}) {}

/** It cannot make a job now: `reason` is a sentence for people. */
export class ScheduleCannotRun extends Schema.TaggedError<ScheduleCannotRun>()("ScheduleCannotRun", {
  reason: Schema.String
}) {}

/** None when the text can be no id, so that no query has to run to say "not found". */
const parseScheduleId: (text: string) => Option.Option<ScheduleId> = Schema.decodeUnknownOption(ScheduleId)

/** A text that can be no id is not looked up. */
export const scheduleIdIn = (text: string): Effect.Effect<ScheduleId, ScheduleNotFound> =>
  Option.match(parseScheduleId(text), {
    onNone: () => Effect.fail(new ScheduleNotFound({ ref: text })),
    onSome: Effect.succeed
  })

export interface CreatedSchedule {
  readonly schedule: JobSchedule
  /** An earlier request with the same Idempotency-Key had made it already. */
  readonly replayed: boolean
}

type CreateFailure = UnknownJobType | InvalidInput | ScheduleNameTaken | NotAllowed | JobsUnavailable

export interface SchedulePage {
  readonly schedules: ReadonlyArray<JobSchedule>
  readonly nextCursor?: string
}

export class JobSchedules extends Context.Service<
  JobSchedules,
  {
    readonly create: (
      request: CreateSchedule,
      options?: Pick<CreateOptions, "createdBy">
    ) => Effect.Effect<JobSchedule, CreateFailure>
    /** As `create`, once for each Idempotency-Key. */
    readonly createOnce: (
      request: CreateSchedule,
      options?: Pick<CreateOptions, "createdBy" | "idempotencyKey" | "whileInFlight">
    ) => Effect.Effect<CreatedSchedule, CreateFailure | IdempotencyMismatch>
    /** By name. `limit` is 1 to 200. */
    readonly list: (page: {
      readonly limit: number
      readonly cursor?: string
    }) => Effect.Effect<SchedulePage, InvalidCursor | JobsUnavailable>
    readonly get: (id: ScheduleId) => Effect.Effect<JobSchedule, ScheduleNotFound | JobsUnavailable>
    /** A schedule that goes on after a pause does so with its next time; what passed in the pause was not missed. */
    readonly update: (
      id: ScheduleId,
      changes: UpdateSchedule
    ) => Effect.Effect<
      JobSchedule,
      ScheduleNotFound | ScheduleNameTaken | UnknownJobType | InvalidInput | NotAllowed | JobsUnavailable
    >
    /** Its jobs stay. */
    readonly remove: (id: ScheduleId) => Effect.Effect<void, ScheduleNotFound | NotAllowed | JobsUnavailable>
    /** Makes a job now, also while paused, and changes nothing about the next run. Keeps to `overlap`. */
    readonly runNow: (
      id: ScheduleId
    ) => Effect.Effect<Job, ScheduleNotFound | ScheduleCannotRun | NotAllowed | JobsUnavailable>
    /** Starts what is due, at most 100 schedules of it, and gives the number of jobs it made. */
    readonly fireDue: Effect.Effect<number, JobsUnavailable>
    /**
     * Gives schedules that go on their next time where it was set while the database's clock was ahead, and so lies behind
     * that one. Gives how many.
     */
    readonly bringForward: Effect.Effect<number, JobsUnavailable>
  }
>()("callboard/domain/JobSchedules") {}
