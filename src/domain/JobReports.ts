/** Contract of the bounded reads that API and board show. */
import { Context, type DateTime, type Effect, Schema } from "effect"
import type { Attempt, LogLine, StepRun } from "./Attempt.ts"
import type { Checkpoint } from "./Checkpoint.ts"
import type { Job } from "./Job.ts"
import type { JobErrorCode } from "./JobError.ts"
import type { JobFilter } from "./JobFilter.ts"
import type { JobId, JobRef, ReadableJobId } from "./JobId.ts"
import type { PromptRecord } from "./JobPrompt.ts"
import type { JobStatus, ShownStatus } from "./JobStatus.ts"
import type { JobNotFound, JobsUnavailable } from "./Jobs.ts"

/** The cursor was not made by this list, or for other filters. */
export class InvalidCursor extends Schema.TaggedError<InvalidCursor>()("InvalidCursor", {}) {}

export class BatchNotFound extends Schema.TaggedError<BatchNotFound>()("BatchNotFound", { batchId: Schema.String }) {}

export interface JobPage {
  readonly jobs: ReadonlyArray<Job>
  /** A page of large jobs may end before its limit. */
  readonly nextCursor?: string
  /** So far back was looked, and the page is not full: further back there may be more. Only for a glance. */
  readonly lookedUntil?: DateTime.Utc
}

export interface PageRequest {
  /** 1 to 200. */
  readonly limit: number
  readonly cursor?: string
  /** By time of creation. */
  readonly order?: "asc" | "desc"
  /** For people: newest first, takes no longer however many jobs there are, and leaves out what jobs were given and gave. */
  readonly glance?: boolean
}

/** A job of a list, without what its row tells. */
export interface ListedJob {
  readonly id: JobId
  readonly status: ShownStatus
}

/** `glance` as in `PageRequest`. */
export type Look = Pick<PageRequest, "glance">

export interface JobHistory {
  readonly attempts: ReadonlyArray<Attempt>
  /** By attempt, then in the order of the job type's steps. */
  readonly steps: ReadonlyArray<StepRun>
  /** What it asked people, oldest first: the last 50 questions. */
  readonly prompts: ReadonlyArray<PromptRecord>
}

/** Jobs per shown status. Counting stops at `COUNT_LIMIT`, so that a large table costs no more than a small one. */
export type StatusCounts = Readonly<Record<ShownStatus, number>>

export type JobCounts = StatusCounts & {
  /** There may be more of these: not all jobs that the filter leaves were looked at. */
  readonly atLeast?: ReadonlyArray<ShownStatus>
}

export const COUNT_LIMIT = 1_000

/** How far a batch is: every job counts the same, a running one with its own percentage. */
export interface BatchReport {
  readonly batchId: string
  readonly total: number
  readonly counts: Readonly<Record<JobStatus, number>>
  /** 0 to 100; 100 only when every job has ended. */
  readonly percent: number
}

/** Failed jobs that failed in the same way and are not retried yet. */
export interface FailureGroup {
  readonly fingerprint: string
  readonly jobType: string
  readonly step?: string
  readonly code: JobErrorCode
  readonly jobs: number
  readonly restaurants: number
  readonly firstFailedAt: DateTime.Utc
  readonly lastFailedAt: DateTime.Utc
  readonly latestJobId: ReadableJobId
  readonly latestMessage: string
}

export class JobReports extends Context.Service<
  JobReports,
  {
    readonly list: (filter: JobFilter, page: PageRequest) => Effect.Effect<JobPage, InvalidCursor | JobsUnavailable>
    /** Which jobs such a glance begins with, newest first: for who has to know no more. */
    readonly listed: (filter: JobFilter, limit: number) => Effect.Effect<ReadonlyArray<ListedJob>, JobsUnavailable>
    /** Those that still exist, in no particular order. At most 200 ids. */
    readonly byIds: (ids: ReadonlyArray<JobId>, look?: Look) => Effect.Effect<ReadonlyArray<Job>, JobsUnavailable>
    readonly history: (ref: JobRef) => Effect.Effect<JobHistory, JobNotFound | JobsUnavailable>
    /** Lines with an id above `after`, oldest first; without `after` the last `limit` lines. */
    readonly logs: (
      ref: JobRef,
      page: { readonly after?: number; readonly limit: number }
    ) => Effect.Effect<ReadonlyArray<LogLine>, JobNotFound | JobsUnavailable>
    /** In the order in which they were made. */
    readonly checkpoints: (ref: JobRef) => Effect.Effect<ReadonlyArray<Checkpoint>, JobNotFound | JobsUnavailable>
    readonly counts: (filter: Omit<JobFilter, "status">) => Effect.Effect<JobCounts, JobsUnavailable>
    readonly batch: (batchId: string) => Effect.Effect<BatchReport, BatchNotFound | JobsUnavailable>
    /** The largest groups first, at most 100. */
    readonly failures: Effect.Effect<ReadonlyArray<FailureGroup>, JobsUnavailable>
    /** The time by the clock that says when jobs changed, or up to two seconds before: that of this process may differ. */
    readonly nowMs: Effect.Effect<number, JobsUnavailable>
  }
>()("callboard/domain/JobReports") {}
