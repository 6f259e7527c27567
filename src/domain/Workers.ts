/** Contract: the processes that run jobs, for people who ask whether the machine is healthy. */
import { Context, type DateTime, type Effect } from "effect"
import type { ReadableJobId } from "./JobId.ts"
import type { JobsUnavailable } from "./Jobs.ts"

export interface WorkerReport {
  readonly name: string
  readonly startedAt: DateTime.Utc
  readonly seenAt: DateTime.Utc
  /** It beat within the last 15 seconds. */
  readonly alive: boolean
  /** It stops: it ends what it has and takes nothing more. */
  readonly draining: boolean
  /** Places by lane: so many jobs run at once. */
  readonly places: Readonly<Record<string, number>>
  /** Jobs of all organisations that it runs. */
  readonly running: number
  /** Jobs that it has claimed already and that wait in it for a place. Absent where there are none. */
  readonly claimedAhead?: number
  /** Those of the caller's organisation, at most ten. */
  readonly jobs: ReadonlyArray<{ readonly jobId: ReadableJobId; readonly jobType: string }>
  readonly version?: string
  readonly memoryMb?: number
}

export class Workers extends Context.Service<
  Workers,
  {
    /** Those that were seen within the last hour, by name; at most 200. */
    readonly list: Effect.Effect<ReadonlyArray<WorkerReport>, JobsUnavailable>
  }
>()("callboard/domain/Workers") {}
