/** Contract of the janitor: repairs what dead workers and the passing of time leave behind. */
import { Context, type Duration, type Effect, Schema } from "effect"
import type { Claim, QueueUnavailable } from "./JobQueue.ts"
import type { JobsUnavailable } from "./Jobs.ts"
import type { Lane } from "./Lane.ts"
import type { Lease } from "./Lease.ts"
import type { NotAllowed } from "./NotAllowed.ts"

/** What one round did, in jobs. */
export const UpkeepCounts = Schema.Struct({
  /** Given back to the queue, or ended, because their lease had ended. */
  rescued: Schema.Int,
  /** Failed because they had not finished by their expiry. */
  expired: Schema.Int,
  /** Taken from a worker that did not stop them when their time was up. */
  timedOut: Schema.Int,
  /** Removed because they ended longer ago than they are kept, with all that was kept of them. */
  removed: Schema.Int,
  /** Made by schedules whose time had come. */
  scheduled: Schema.Int
}).annotate({ identifier: "UpkeepCounts" })
export type UpkeepCounts = typeof UpkeepCounts.Type

export interface OverdueClaim extends Claim {
  /** That of the job, which need not be its type's. */
  readonly lane: Lane
}

export class Upkeep extends Context.Service<
  Upkeep,
  {
    /**
     * Runs the effect if no other process does the same right now; otherwise nothing. An advisory lock decides, so it
     * is free again when the process that held it is gone.
     */
    readonly alone: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A | undefined, E | QueueUnavailable, R>
    /** Gives jobs whose lease ended back to the queue, but not those in hand here. Returns how many. */
    readonly rescue: (inHand: ReadonlyArray<Lease>) => Effect.Effect<number, QueueUnavailable>
    /** Fails pending jobs that are past their expiry. Returns how many. */
    readonly expire: Effect.Effect<number, QueueUnavailable>
    /** Running jobs whose time was up at least `grace` ago: their worker lives, but cannot stop them. */
    readonly overdue: (grace: Duration.Duration) => Effect.Effect<ReadonlyArray<OverdueClaim>, QueueUnavailable>
    /**
     * Removes jobs that ended longer ago than this, and Idempotency-Keys older than a day. Returns how many jobs: none
     * while the clock by which they are old may be wrong.
     */
    readonly removeOld: (keep: Duration.Duration) => Effect.Effect<number, QueueUnavailable>
  }
>()("callboard/domain/Upkeep") {}

/** Contract of callers: one round of the janitor now, for a cron outside or an impatient person. */
export class Cleanup extends Context.Service<
  Cleanup,
  { readonly run: Effect.Effect<UpkeepCounts, NotAllowed | JobsUnavailable> }
>()("callboard/domain/Cleanup") {}
