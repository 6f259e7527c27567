/**
 * Watching the browser of a running job. Pictures are made only while somebody watches, wherever the job runs, and never
 * of a page that shows a secret of the job.
 */
import { Context, type Effect, type Option, type Stream } from "effect"
import type { JobId } from "./JobId.ts"
import type { JobsUnavailable } from "./Jobs.ts"

/** `small`: 400 pixels wide and one picture a second. `large`: 1000 pixels and up to five; small viewers get them too. */
export type LiveSize = "small" | "large"

export interface LivePicture {
  /** Another one for each picture of a job. */
  readonly id: string
  readonly takenAtMs: number
  readonly jpeg: Uint8Array<ArrayBuffer>
}

/** `starting`: somebody has just begun to watch. `hidden`: a secret is on the page. `lost`: the browser does not answer. */
export type LiveCondition = "starting" | "live" | "hidden" | "lost"

export interface LiveNow {
  readonly condition: LiveCondition
  /** The newest one there is, however old. */
  readonly picture?: LivePicture
}

export class LiveView extends Context.Service<
  LiveView,
  {
    /** What there is now; it counts as watching for some seconds. None when no browser of the job runs. */
    readonly look: (id: JobId, size: LiveSize) => Effect.Effect<Option.Option<LiveNow>, JobsUnavailable>
    /**
     * The newest picture as often as it is asked for: a slow reader misses those in between. The same one comes again
     * when there is no other for ten seconds. Ends when the job does.
     */
    readonly pictures: (id: JobId, size: LiveSize) => Stream.Stream<LivePicture, JobsUnavailable>
  }
>()("callboard/domain/LiveView") {}
