/** Contract: how full the lanes are, and pausing them or single job types. What already runs goes on. */
import { Context, type Effect, Schema } from "effect"
import { Time } from "./Job.ts"
import type { JobsUnavailable } from "./Jobs.ts"
import type { UnknownJobType } from "./JobType.ts"
import { Lane } from "./Lane.ts"
import type { NotAllowed } from "./NotAllowed.ts"

export const Pause = Schema.Struct({
  since: Time,
  by: Schema.optionalKey(Schema.String),
  reason: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "Pause" })
export type Pause = typeof Pause.Type

export const LaneReport = Schema.Struct({
  lane: Lane,
  /** Places of all live workers together: so many jobs run at once. */
  capacity: Schema.Int,
  running: Schema.Int,
  /** Jobs that workers have claimed already and that wait in them for a place. Absent where there are none. */
  claimedAhead: Schema.optionalKey(Schema.Int),
  /** Pending jobs that could run now. */
  ready: Schema.Int,
  /** Pending jobs that may not start yet. */
  scheduled: Schema.Int,
  /** Pending jobs that need others to end first: dependencies, or a job with the same concurrency key. */
  blocked: Schema.Int,
  /** Since when the oldest ready job could run. One of a paused type could not. */
  oldestReadyAt: Schema.optionalKey(Time),
  paused: Schema.optionalKey(Pause)
}).annotate({ identifier: "Lane" })
export type LaneReport = typeof LaneReport.Type

/** What a pause holds back: a lane, or a job type in whatever lane. */
export interface PausedWork {
  readonly kind: "lane" | "type"
  readonly name: string
}

export interface PauseRequest {
  readonly by?: string
  readonly reason?: string
}

export class Lanes extends Context.Service<
  Lanes,
  {
    /**
     * Every lane, also those without work. Lanes are shared: places and what runs are everybody's, what waits is the
     * caller's own.
     */
    readonly list: Effect.Effect<ReadonlyArray<LaneReport>, JobsUnavailable>
    /** Pausing again changes the reason. `by` is who calls, where somebody does. */
    readonly pause: (lane: Lane, request: PauseRequest) => Effect.Effect<LaneReport, NotAllowed | JobsUnavailable>
    readonly resume: (lane: Lane) => Effect.Effect<LaneReport, NotAllowed | JobsUnavailable>
    readonly pauseType: (
      jobType: string,
      request: PauseRequest
    ) => Effect.Effect<void, UnknownJobType | NotAllowed | JobsUnavailable>
    readonly resumeType: (jobType: string) => Effect.Effect<void, UnknownJobType | NotAllowed | JobsUnavailable>
    readonly pausedTypes: Effect.Effect<ReadonlyMap<string, Pause>, JobsUnavailable>
  }
>()("callboard/domain/Lanes") {}
