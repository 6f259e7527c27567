/** Contract: the end of a job whose script does not stop although it was asked to. */
import { Context, Duration, type Effect } from "effect"
import type { JobRef } from "./JobId.ts"
import type { JobConflict, JobNotFound, JobsUnavailable } from "./Jobs.ts"

/** A script that can be stopped has stopped long before. */
export const STOPS_WITHIN = Duration.minutes(1)

export class JobStops extends Context.Service<
  JobStops,
  {
    /**
     * Takes a job from a worker that was asked to stop it at least `STOPS_WITHIN` ago, and calls it cancelled. Whatever
     * its script still does is not written; the worker hears of it with its next beat and ends the script's browser.
     */
    readonly stopNow: (ref: JobRef) => Effect.Effect<void, JobNotFound | JobConflict | JobsUnavailable>
  }
>()("callboard/domain/JobStops") {}
