/**
 * News that jobs changed. Level-triggered: a change says only which job has which revision now, and the reader
 * fetches the state. A lost notification therefore costs latency, never truth.
 */
import { Context, type Stream } from "effect"
import type { JobId } from "./JobId.ts"
import type { Lane } from "./Lane.ts"
import type { PausedWork } from "./Lanes.ts"

export type JobChange =
  | {
      readonly _tag: "Changed"
      readonly id: JobId
      readonly revision: number
      readonly lane: Lane
      /** In how many milliseconds the job may be claimed, 0 or less for now; absent unless it is pending. */
      readonly dueInMs?: number
      /** Somebody asked the job to stop. */
      readonly cancelRequested: boolean
    }
  /** Too many jobs changed at once to name them: read again whatever matters. */
  | {
      readonly _tag: "Many"
      /** In how many milliseconds the first job that is pending now may be claimed, per lane that changed. */
      readonly dueInMs: ReadonlyMap<Lane, number>
      readonly cancelRequested: ReadonlyArray<JobId>
      /** All of them are Callboard's own, which is nothing to callers. */
      readonly isOwn?: true
      /** Of this no more may start. */
      readonly paused?: PausedWork
    }
  /** New log lines, without a change of the job itself. */
  | { readonly _tag: "Logged"; readonly id: JobId }
  /** Notifications may have been lost: read again whatever matters. Also sent on each poll while LISTEN is down. */
  | { readonly _tag: "Gap" }

export class JobChanges extends Context.Service<
  JobChanges,
  {
    /**
     * One tailer serves all readers of this process. The first element is always a `Gap`, sent once the subscription
     * stands: who reads the state then (and not before) misses nothing. A slow reader loses the oldest changes and
     * gets a `Gap` in their place.
     */
    readonly changes: Stream.Stream<JobChange>
  }
>()("callboard/domain/JobChanges") {}
