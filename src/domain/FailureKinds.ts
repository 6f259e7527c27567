/**
 * Contract: failures by kind. Two failures are of one kind when job type, step, code and the message without its numbers
 * and names are the same; `fingerprint` stands for that. A failure counts when it happens, whatever becomes of its job.
 */
import { Context, type DateTime, type Effect, Option } from "effect"
import type { ArtifactName } from "./Artifacts.ts"
import type { JobErrorCode } from "./JobError.ts"
import type { JobId, ReadableJobId } from "./JobId.ts"
import type { JobsUnavailable } from "./Jobs.ts"

export interface FailureKind {
  readonly fingerprint: string
  readonly jobType: string
  readonly step?: string
  readonly code: JobErrorCode
  /** Of the last one. */
  readonly message: string
  readonly latestJobId: ReadableJobId
  /** Each capped at `COUNT_LIMIT`. */
  readonly lastHour: number
  readonly lastDay: number
  readonly lastWeek: number
  /** Different ones of the last week. */
  readonly restaurants: number
  readonly firstFailedAt: DateTime.Utc
  readonly lastFailedAt: DateTime.Utc
}

export const FAILURE_WINDOWS = ["1h", "24h", "7d"] as const
export type FailureWindow = (typeof FAILURE_WINDOWS)[number]

/** What a browser showed when a job failed so. */
export interface FailurePicture {
  readonly jobId: ReadableJobId
  readonly step: string
  readonly picture: ArtifactName
  readonly title?: string
  readonly at: DateTime.Utc
}

export interface FailureDetail {
  readonly kind: FailureKind
  /** Those with most failures first, at most 20. */
  readonly restaurants: ReadonlyArray<{ readonly restaurantId: string; readonly failures: number }>
  /** The newest 20. */
  readonly jobs: ReadonlyArray<JobId>
  readonly pictures: ReadonlyArray<FailurePicture>
  /** Jobs that failed so and were not retried since; capped at `COUNT_LIMIT`. */
  readonly stillFailed: number
  /** Of those that are still failed, jobs that a retry would pass over: another job does the same already. */
  readonly notRetryable: number
}

const DAY_MS = 86_400_000

/** Nobody had seen it before the last 24 hours. */
export const isNewKind = ({ firstFailedAt }: Pick<FailureKind, "firstFailedAt">, nowMs: number): boolean =>
  firstFailedAt.epochMilliseconds > nowMs - DAY_MS

/** Fewer failures of an hour than this say nothing about a trend. */
const FEWEST_RISING = 3

/** It fails at least twice as often as in the hours before. */
export const isRising = ({ lastDay, lastHour }: Pick<FailureKind, "lastDay" | "lastHour">): boolean =>
  lastHour >= FEWEST_RISING && lastHour > (2 * (lastDay - lastHour)) / 23

/** The other texts are none, so nothing can be found for them. */
export const fingerprintOf = (text: string): Option.Option<string> =>
  /^[0-9a-f]{16}$/u.test(text) ? Option.some(text) : Option.none()

export class FailureKinds extends Context.Service<
  FailureKinds,
  {
    /** With a failure in this time; the newest change first, at most 50. */
    readonly list: (window: FailureWindow) => Effect.Effect<ReadonlyArray<FailureKind>, JobsUnavailable>
    readonly get: (fingerprint: string) => Effect.Effect<Option.Option<FailureDetail>, JobsUnavailable>
  }
>()("callboard/domain/FailureKinds") {}
