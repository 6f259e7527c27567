/** Contract of the worker. How leases work is written in `Lease.ts`. */
import { Context, type Duration, type Effect, Schema } from "effect"
import type { LogLevel } from "./Attempt.ts"
import type { StoredError } from "./JobError.ts"
import type { JobId, ReadableJobId } from "./JobId.ts"
import type { Lane } from "./Lane.ts"
import type { PausedWork } from "./Lanes.ts"
import type { Lease, LeaseLost, LeaseToken } from "./Lease.ts"
import type { Progress } from "./Progress.ts"

/** The queue could not be reached. Callers try again; they never learn which database said so. */
export class QueueUnavailable extends Schema.TaggedError<QueueUnavailable>()("QueueUnavailable", {
  operation: Schema.String,
  cause: Schema.Defect()
}) {}

/** The database refuses this value and always will: text that is not Unicode, or more than a row can hold. */
export class CannotBeStored extends Schema.TaggedError<CannotBeStored>()("CannotBeStored", {
  operation: Schema.String,
  /** The code that the database gave for it. */
  sqlState: Schema.optionalKey(Schema.String),
  cause: Schema.Defect()
}) {}

/** One leased job, as much of it as running it needs. */
export interface Claim {
  readonly lease: Lease
  readonly id: JobId
  readonly jobId: ReadableJobId
  readonly jobType: string
  readonly organisationId: string
  /** Secrets are still sealed. */
  readonly input: unknown
  readonly retryCount: number
  readonly maxRetries: number
  readonly timeout: Duration.Duration
  /** Outputs of the steps that are finished, by name. */
  readonly checkpoints: ReadonlyMap<string, unknown>
  /** The trace of who created it; read where traces are made. */
  readonly traceParent?: string
}

/** How an attempt ended, as it is recorded. */
export type Outcome =
  | { readonly _tag: "Completed"; readonly result: unknown }
  | { readonly _tag: "RetryLater"; readonly error: StoredError; readonly delay: Duration.Duration }
  | { readonly _tag: "Failed"; readonly error: StoredError }
  | { readonly _tag: "Cancelled" }
  /** Handed back without using up the attempt: the worker is stopping, the job did nothing wrong. */
  | { readonly _tag: "Released" }

export interface NewLogLine {
  readonly level: LogLevel
  readonly at: Date
  readonly message: string
  readonly step?: string
}

export interface StepStart {
  readonly name: string
  /** Position among the job type's steps, counted from 1. */
  readonly number: number
  readonly totalSteps: number
  readonly progress: Progress
}

export interface StepEnd {
  readonly name: string
  readonly outcome: "completed" | "failed" | "stopped"
  /** Present when the output is kept as a checkpoint. */
  readonly checkpoint?: { readonly output: unknown }
}

export interface Beat {
  readonly renewed: ReadonlyArray<LeaseToken>
  /** Leases that are no longer held. One that is neither renewed nor lost is just being settled. */
  readonly lost: ReadonlyArray<LeaseToken>
  readonly cancelRequested: ReadonlyArray<LeaseToken>
  /** In how many milliseconds the first pending job of a lane becomes due; lanes without one are absent. */
  readonly dueInMs: ReadonlyMap<Lane, number>
  /** Of this nothing may start. Asked only while something waits here for a place. */
  readonly paused: ReadonlyArray<PausedWork>
  /** Whether the janitor has something to repair. */
  readonly untidy: boolean
}

export class JobQueue extends Context.Service<
  JobQueue,
  {
    /**
     * Leases up to `limit` available jobs of a lane and counts an attempt on each: the highest priority first, inside it
     * one organisation after the other, and the oldest of each first. May give fewer than there are; nothing means
     * that there is nothing.
     */
    readonly claim: (lane: Lane, limit: number) => Effect.Effect<ReadonlyArray<Claim>, QueueUnavailable>
    /**
     * Says that this worker lives, and whether it still claims; renews these leases in one statement. The time of those
     * that wait (for a place in this process, or outside of their time) begins anew.
     */
    readonly beat: (
      leases: ReadonlyArray<Lease>,
      phase: "claiming" | "draining",
      waiting?: ReadonlyArray<LeaseToken>
    ) => Effect.Effect<Beat, QueueUnavailable>
    readonly startStep: (lease: Lease, step: StepStart) => Effect.Effect<void, LeaseLost | QueueUnavailable>
    readonly endStep: (
      lease: Lease,
      step: StepEnd
    ) => Effect.Effect<void, LeaseLost | CannotBeStored | QueueUnavailable>
    readonly progress: (lease: Lease, progress: Progress) => Effect.Effect<void, LeaseLost | QueueUnavailable>
    /** Lines are kept even when the lease is lost meanwhile: they are evidence, not state. */
    readonly log: (lease: Lease, lines: ReadonlyArray<NewLogLine>) => Effect.Effect<void, QueueUnavailable>
    /** Whether the job expires before so much time has gone by. */
    readonly expiresWithin: (lease: Lease, delay: Duration.Duration) => Effect.Effect<boolean, QueueUnavailable>
    /** Has a time limit of its own, after which the queue counts as unavailable. */
    readonly settle: (
      lease: Lease,
      outcome: Outcome
    ) => Effect.Effect<void, LeaseLost | CannotBeStored | QueueUnavailable>
    /** `settle` of a completion without a fiber for each. When `then` hears false, `settle` says why. */
    readonly completeSoon: (lease: Lease, resultJson: string, then: (isRecorded: boolean) => void) => void
    /** Says that this worker is gone, so that nobody counts on its places. */
    readonly leave: Effect.Effect<void, QueueUnavailable>
  }
>()("callboard/domain/JobQueue") {}
