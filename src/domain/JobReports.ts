/** Contract of the bounded reads that API and board show. */
import { Context, type Effect, Schema } from "effect"
import type { Attempt, LogLine, StepRun } from "./Attempt.ts"
import type { Job } from "./Job.ts"
import type { JobId, JobRef } from "./JobId.ts"
import type { ShownStatus } from "./JobStatus.ts"
import type { JobNotFound, JobsUnavailable } from "./Jobs.ts"

/** The cursor was not made by this list, or for other filters. */
export class InvalidCursor extends Schema.TaggedError<InvalidCursor>()("InvalidCursor", {}) {}

export interface JobFilter {
  /** Any of these. Empty or absent: all. */
  readonly status?: ReadonlyArray<ShownStatus>
  readonly jobType?: string
  readonly lane?: string
  readonly restaurantId?: string
  readonly createdBy?: string
  readonly label?: string
  /** Text in the type, the readable id, the restaurant or the error message. */
  readonly q?: string
  readonly createdAfter?: Date
  readonly createdBefore?: Date
}

export interface JobPage {
  readonly jobs: ReadonlyArray<Job>
  readonly nextCursor?: string
}

export interface PageRequest {
  /** 1 to 200. */
  readonly limit: number
  readonly cursor?: string
  /** By time of creation. */
  readonly order?: "asc" | "desc"
}

export interface JobHistory {
  readonly attempts: ReadonlyArray<Attempt>
  /** By attempt, then in the order of the job type's steps. */
  readonly steps: ReadonlyArray<StepRun>
}

/** Jobs per shown status. Counting stops at `COUNT_LIMIT`, so that a large table costs no more than a small one. */
export type StatusCounts = Readonly<Record<ShownStatus, number>>

export const COUNT_LIMIT = 1_000

export class JobReports extends Context.Service<
  JobReports,
  {
    readonly list: (filter: JobFilter, page: PageRequest) => Effect.Effect<JobPage, InvalidCursor | JobsUnavailable>
    /** Those that still exist, in no particular order. At most 200 ids. */
    readonly byIds: (ids: ReadonlyArray<JobId>) => Effect.Effect<ReadonlyArray<Job>, JobsUnavailable>
    readonly history: (ref: JobRef) => Effect.Effect<JobHistory, JobNotFound | JobsUnavailable>
    /** Lines with an id above `after`, oldest first; without `after` the last `limit` lines. */
    readonly logs: (
      ref: JobRef,
      page: { readonly after?: number; readonly limit: number }
    ) => Effect.Effect<ReadonlyArray<LogLine>, JobNotFound | JobsUnavailable>
    readonly counts: (filter: Omit<JobFilter, "status">) => Effect.Effect<StatusCounts, JobsUnavailable>
  }
>()("callboard/domain/JobReports") {}
