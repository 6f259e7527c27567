/** Contract of callers (API and board): create, look at, stop and retry jobs. */
import { Context, type DateTime, Effect, Option, Schema } from "effect"
import { type Job, Time } from "./Job.ts"
import { type JobRef, parseJobRef, ReadableJobId } from "./JobId.ts"
import { JobStatus } from "./JobStatus.ts"
import type { InvalidInput, UnknownJobType } from "./JobType.ts"
import { StorableText } from "./Storable.ts"

/**
 * The database could not be reached or answered with a fault. After a lost connection nobody knows whether the change
 * was made: callers try again, and send an Idempotency-Key when they create.
 */
export class JobsUnavailable extends Schema.TaggedError<JobsUnavailable>()("JobsUnavailable", {
  operation: Schema.String,
  cause: Schema.Defect()
}) {}

export class JobNotFound extends Schema.TaggedError<JobNotFound>()("JobNotFound", { ref: Schema.String }) {}

/** A text that can be no id is not looked up. */
export const jobRefOf = (text: string): Effect.Effect<JobRef, JobNotFound> =>
  Option.match(parseJobRef(text), {
    onNone: () => Effect.fail(new JobNotFound({ ref: text })),
    onSome: Effect.succeed
  })

/** The job's status does not allow this any more (or not yet). */
export class JobConflict extends Schema.TaggedError<JobConflict>()("JobConflict", {
  jobId: ReadableJobId,
  status: JobStatus,
  action: Schema.Literals(["cancel", "retry"])
}) {}

/** The same Idempotency-Key came with another request before. */
export class IdempotencyMismatch extends Schema.TaggedError<IdempotencyMismatch>()("IdempotencyMismatch", {
  key: Schema.String
}) {}

const ShortText = StorableText.check(Schema.isMinLength(1))

const EARLIEST_MS = Date.UTC(2000)
const LATEST_MS = Date.UTC(2200)

/** `new Date` takes 30 February for 2 March; people who write it mean something else. */
const isRealDay = (text: string): boolean => {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/u.exec(text)?.map(Number) ?? []
  return day === undefined || new Date(Date.UTC(year!, month! - 1, day)).getUTCDate() === day
}

/** A time that a caller sends: a real day of this century or the next, which every part of the system can count with. */
export const SentTime = Schema.String.check(
  Schema.makeFilter((text: string) => isRealDay(text) || "Expected a day that exists")
)
  .annotate({ format: "date-time" })
  .pipe(
    Schema.decodeTo(Time),
    Schema.check(
      Schema.makeFilter((time: DateTime.Utc) =>
        time.epochMilliseconds >= EARLIEST_MS && time.epochMilliseconds < LATEST_MS
          ? true
          : "Expected a time from the year 2000 to 2199"
      )
    )
  )

/** What a caller sends to create a job. Everything but type and input has a default from the job type. */
export const CreateJob = Schema.Struct({
  jobType: Schema.String,
  input: Schema.Json,
  priority: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: -100, maximum: 100 }))),
  /** Not before this time. */
  runAt: Schema.optionalKey(SentTime),
  maxRetries: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50 }))),
  timeoutMs: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1_000, maximum: 86_400_000 }))),
  /** A job that still waits at that time fails with EXPIRED. Default: 24 hours after it may start. */
  expiresAt: Schema.optionalKey(SentTime),
  restaurantId: Schema.optionalKey(ShortText),
  clientRef: Schema.optionalKey(ShortText),
  labels: Schema.optionalKey(Schema.Array(ShortText).check(Schema.isMaxLength(20)))
}).annotate({ identifier: "CreateJob" })
export type CreateJob = typeof CreateJob.Type

export interface CreateOptions {
  readonly idempotencyKey?: string
  readonly createdBy?: string
}

/** `start`: forget all checkpoints. `checkpoint`: go on after the last finished step. */
export const RetryFrom = Schema.Literals(["start", "checkpoint"])
export type RetryFrom = typeof RetryFrom.Type

export class Jobs extends Context.Service<
  Jobs,
  {
    /** The job, and whether an earlier request with the same key had made it already. */
    readonly create: (
      request: CreateJob,
      options?: CreateOptions
    ) => Effect.Effect<
      { readonly job: Job; readonly replayed: boolean },
      UnknownJobType | InvalidInput | IdempotencyMismatch | JobsUnavailable
    >
    readonly get: (ref: JobRef) => Effect.Effect<Job, JobNotFound | JobsUnavailable>
    /** A pending job is cancelled at once; a running one is asked to stop and says `cancelRequestedAt` until it did. */
    readonly cancel: (ref: JobRef) => Effect.Effect<Job, JobNotFound | JobConflict | JobsUnavailable>
    /** Makes a failed or cancelled job pending again, with all its tries. */
    readonly retry: (ref: JobRef, from: RetryFrom) => Effect.Effect<Job, JobNotFound | JobConflict | JobsUnavailable>
  }
>()("callboard/domain/Jobs") {}
