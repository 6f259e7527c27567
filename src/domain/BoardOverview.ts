/** Contract of what every page of the board says at its top, and of the page Now: a few seconds old at most. */
import { Context, type DateTime, type Effect } from "effect"
import type { JobId } from "./JobId.ts"
import type { ShownStatus } from "./JobStatus.ts"
import type { JobsUnavailable } from "./Jobs.ts"
import type { Lane } from "./Lane.ts"

/** Jobs that ended in one minute. */
export interface MinuteCount {
  readonly minute: DateTime.Utc
  readonly completed: number
  readonly failed: number
}

/** How full the places of a lane are. */
export interface LaneFill {
  readonly lane: Lane
  readonly running: number
  readonly capacity: number
  /** Jobs of the caller's organisation that could start if there were a place; capped at `COUNT_LIMIT`. */
  readonly ready: number
}

export interface Overview {
  /** Of jobs that have not completed; each capped at `COUNT_LIMIT`. */
  readonly counts: Readonly<Record<Exclude<ShownStatus, "completed" | "cancelled">, number>>
  /** Kinds of failure of the last 24 hours, and those of them that were never seen before. */
  readonly failureKinds: number
  readonly newFailureKinds: number
  /** Of the last hour, in order; minutes in which nothing ended are absent. */
  readonly minutes: ReadonlyArray<MinuteCount>
  /** Until when the minutes are counted. */
  readonly countedAt?: DateTime.Utc
  readonly lanes: ReadonlyArray<LaneFill>
  readonly workers: { readonly alive: number; readonly known: number }
  /** Since when the job could run that waits longest for a place, and not for the end of a pause. */
  readonly oldestReadyAt?: DateTime.Utc
  /** Jobs that run and ask nobody, oldest first: the first few. */
  readonly running: ReadonlyArray<JobId>
  /** How long the database took to answer this. */
  readonly databaseMs: number
}

export class BoardOverview extends Context.Service<
  BoardOverview,
  { readonly get: Effect.Effect<Overview, JobsUnavailable> }
>()("callboard/domain/BoardOverview") {}
