/** Contract of callers (API and board): create, look at, stop and retry jobs. */
import { Context, type DateTime, Effect, Option, Schema } from "effect"
import { type Job, OnDependencyFailure, Time } from "./Job.ts"
import type { JobFilter } from "./JobFilter.ts"
import { type JobId, type JobRef, parseJobRef, ReadableJobId } from "./JobId.ts"
import type { AnswerValue, InvalidAnswer, PromptClosed, PromptNotFound } from "./JobPrompt.ts"
import { JobStatus } from "./JobStatus.ts"
import { InputIssue, type InvalidInput, type UnknownJobType } from "./JobType.ts"
import type { Lane } from "./Lane.ts"
import type { NotAllowed } from "./NotAllowed.ts"
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
  action: Schema.Literals(["cancel", "retry", "remove"])
}) {}

/** The same Idempotency-Key came with another request before. */
export class IdempotencyMismatch extends Schema.TaggedError<IdempotencyMismatch>()("IdempotencyMismatch", {
  key: Schema.String,
  /** That one is still worked on, so nobody knows yet whether it is another one. Only where waiting is not wanted. */
  inFlight: Schema.optionalKey(Schema.Boolean)
}) {}

const ShortText = StorableText.check(Schema.isMinLength(1))

const EARLIEST_MS = Date.UTC(2000)
const LATEST_MS = Date.UTC(2200)

/** RFC 3339, of which seconds may be left out. What `new Date` takes beyond that, nobody knows: "5", "12/01/2027". */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/u

/** `new Date` takes 30 February for 2 March; people who write it mean something else. */
const isRealDay = (text: string): boolean => {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/u.exec(text)?.map(Number) ?? []
  return day === undefined || new Date(Date.UTC(year!, month! - 1, day)).getUTCDate() === day
}

/** A time that a caller sends: a real day of this century or the next, which every part of the system can count with. */
export const SentTime = Schema.String.check(
  Schema.makeFilter((text: string) =>
    DATE_TIME.test(text)
      ? isRealDay(text) || "Expected a day that exists"
      : 'Expected a date, a time and a zone, such as "2027-01-31T09:30:00Z"'
  )
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

/** A restaurant has a page, whose address holds its id: no browser asks for one that is blank, or for `.` and `..`. */
export const isRestaurantId = (text: string): boolean => text.trim() !== "" && text !== "." && text !== ".."

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
  /**
   * Jobs that have to complete before this one starts: either id of each, or, in a batch, the `clientRef` of another
   * job of the batch.
   */
  dependsOn: Schema.optionalKey(Schema.Array(ShortText).check(Schema.isMaxLength(100))),
  /** What happens when one of them fails or is cancelled. Default: `fail`. */
  onDependencyFailure: Schema.optionalKey(OnDependencyFailure),
  /** At most one job with this key runs at a time. Default: the restaurant. `null`: no key. */
  concurrencyKey: Schema.optionalKey(Schema.NullOr(ShortText)),
  /** While a job with this key has not ended, creating another one gives that job instead. */
  dedupeKey: Schema.optionalKey(ShortText),
  restaurantId: Schema.optionalKey(
    ShortText.check(
      Schema.makeFilter((text: string) => isRestaurantId(text) || 'Expected an id, which is not blank, "." or ".."')
    )
  ),
  clientRef: Schema.optionalKey(ShortText),
  labels: Schema.optionalKey(Schema.Array(ShortText).check(Schema.isMaxLength(20)))
}).annotate({ identifier: "CreateJob" })
export type CreateJob = typeof CreateJob.Type

export interface CreateOptions {
  /** Kept for 24 hours. */
  readonly idempotencyKey?: string
  /** The key is kept as long as this job instead. Of Callboard's own keys, which are apart from those of callers. */
  readonly keptWith?: JobId
  /** Of `create`: what was asked for, where the request holds more than that. Two with the same of it are one request. */
  readonly asked?: Schema.Json
  /** What to do while another request with the key is worked on, in whichever process. Default: wait for its end. */
  readonly whileInFlight?: "wait" | "refuse"
  /** Said only by Callboard itself: a caller creates in its own name, for its own organisation. */
  readonly createdBy?: string
  readonly organisationId?: string
  /** Of `create`, said only by Callboard itself: another lane than that of the type. */
  readonly lane?: Lane
  /** Of `createBatch`: adds the jobs to this batch instead of a new one. */
  readonly batchId?: string
}

/** Jobs of one request, made all or none. */
export const MOST_IN_BATCH = 1_000

export interface CreatedJob {
  readonly job: Job
  /** An earlier request with the same Idempotency-Key had made it already. */
  readonly replayed: boolean
  /** A live job with the same dedupe key was there already; this is that one. */
  readonly deduplicated: boolean
}

export interface CreatedBatch {
  readonly batchId: string
  /** In the order of the requests. */
  readonly jobs: ReadonlyArray<Pick<Job, "id" | "jobId" | "clientRef">>
  /** An earlier request with the same Idempotency-Key had made it already. */
  readonly replayed: boolean
}

/** Some requests of a batch are wrong, so none was made. Paths start with the request: `jobs[2].input.name`. */
export class BatchRefused extends Schema.TaggedError<BatchRefused>()("BatchRefused", {
  issues: Schema.Array(InputIssue)
}) {}

/** A job cannot depend on what does not exist. */
export class UnknownDependency extends Schema.TaggedError<UnknownDependency>()("UnknownDependency", {
  refs: Schema.Array(Schema.String)
}) {}

/** Another job with the same dedupe key has not ended, so this one cannot be made live again. */
export class DedupeKeyTaken extends Schema.TaggedError<DedupeKeyTaken>()("DedupeKeyTaken", {
  jobId: ReadableJobId,
  dedupeKey: Schema.String
}) {}

/** The job type has no step of this name. */
export class UnknownStep extends Schema.TaggedError<UnknownStep>()("UnknownStep", {
  step: Schema.String,
  known: Schema.Array(Schema.String)
}) {}

export const BulkAction = Schema.Literals(["cancel", "retry"])
export type BulkAction = typeof BulkAction.Type

/** Jobs in the order of their ids: after `after`, up to `until`, at most so many. */
export interface BulkRange {
  readonly after?: JobId
  readonly until: JobId
  readonly most: number
  /** A retry leaves alone what ended later: it was retried already and failed again. */
  readonly endedBefore?: Date
  /** The job that does it. */
  readonly besides?: JobId
}

export interface BulkPart {
  /** Jobs that were looked at, and those of them that were changed. */
  readonly seen: number
  readonly changed: number
  /** Jobs that a retry left alone, because they would fail at once: one that they need has not been retried. */
  readonly held: number
  /** Where the next part goes on; absent when nothing is left. */
  readonly next?: JobId
}

/** How a failed or cancelled job is run again. */
export const RetryPlan = Schema.Struct({
  /**
   * `checkpoint`: go on after the last finished step. `start`: forget all stored outputs. The name of a step: forget its
   * output and those of later steps. Left out: `startOf`.
   */
  from: Schema.optionalKey(ShortText),
  /** Replaces the input. A secret field that is sent as the mask keeps its stored value. */
  input: Schema.optionalKey(Schema.Json)
}).annotate({ identifier: "RetryPlan" })
export type RetryPlan = typeof RetryPlan.Type

/** Where a retry starts. What was done for the old input is not what a new one asks for. */
export const startOf = ({ from, input }: RetryPlan): string => from ?? (input === undefined ? "checkpoint" : "start")

/** One person's answer to what a job asks. */
export interface Answering {
  readonly promptId: string
  readonly value: AnswerValue
  readonly answeredBy?: string
}

export class Jobs extends Context.Service<
  Jobs,
  {
    readonly create: (
      request: CreateJob,
      options?: CreateOptions
    ) => Effect.Effect<
      CreatedJob,
      UnknownJobType | InvalidInput | UnknownDependency | IdempotencyMismatch | NotAllowed | JobsUnavailable
    >
    /** 1 to `MOST_IN_BATCH` jobs, all or none. A request with a dedupe key that is taken refuses the batch. */
    readonly createBatch: (
      requests: ReadonlyArray<CreateJob>,
      options?: CreateOptions
    ) => Effect.Effect<CreatedBatch, BatchRefused | IdempotencyMismatch | NotAllowed | JobsUnavailable>
    /** The job that was made with this key, where the key is kept with a job. */
    readonly madeWith: (key: string) => Effect.Effect<Option.Option<Job>, NotAllowed | JobsUnavailable>
    readonly get: (ref: JobRef) => Effect.Effect<Job, JobNotFound | JobsUnavailable>
    /** A pending job is cancelled at once; a running one is asked to stop and says `cancelRequestedAt` until it did. */
    readonly cancel: (ref: JobRef) => Effect.Effect<Job, JobNotFound | JobConflict | NotAllowed | JobsUnavailable>
    /** Makes a failed or cancelled job pending again, with all its tries. */
    readonly retry: (
      ref: JobRef,
      plan: RetryPlan
    ) => Effect.Effect<
      Job,
      | JobNotFound
      | JobConflict
      | UnknownStep
      | UnknownJobType
      | InvalidInput
      | DedupeKeyTaken
      | NotAllowed
      | JobsUnavailable
    >
    /** Gives the job what one person answered. Of two answers to a question one counts; the other is told so. */
    readonly answer: (
      ref: JobRef,
      answering: Answering
    ) => Effect.Effect<Job, JobNotFound | PromptNotFound | PromptClosed | InvalidAnswer | NotAllowed | JobsUnavailable>
    /** Removes a job that has ended, with everything that was kept of it. */
    readonly remove: (ref: JobRef) => Effect.Effect<void, JobNotFound | JobConflict | NotAllowed | JobsUnavailable>
    /**
     * Cancels or retries (from the checkpoint) the jobs of a range that match. Those whose status does not allow it are
     * passed over. A script does it to jobs of its own organisation only.
     */
    readonly applyToMany: (
      action: BulkAction,
      filter: JobFilter,
      range: BulkRange
    ) => Effect.Effect<BulkPart, JobsUnavailable>
  }
>()("callboard/domain/Jobs") {}
