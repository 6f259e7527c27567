/** What the browser of a job showed at the end of each step: the film strip of the job's page. */
import { Context, type Effect, Schema } from "effect"
import { ArtifactName } from "./Artifacts.ts"
import { Time } from "./Job.ts"
import type { JobId } from "./JobId.ts"
import type { JobsUnavailable } from "./Jobs.ts"

export const ConsoleLine = Schema.Struct({
  level: Schema.Literals(["error", "warning", "info"]),
  text: Schema.String
})
export type ConsoleLine = typeof ConsoleLine.Type

/** A request that got no answer, or one from 400 up. */
export const FailedRequest = Schema.Struct({
  method: Schema.String,
  url: Schema.String,
  /** `404`, or the browser's own word: `net::ERR_CONNECTION_REFUSED`. */
  problem: Schema.String
})
export type FailedRequest = typeof FailedRequest.Type

/** Secrets are masked before any of this is written. */
export const StepEvidence = Schema.Struct({
  attempt: Schema.Int,
  step: Schema.String,
  outcome: Schema.Literals(["completed", "failed"]),
  at: Time,
  url: Schema.optionalKey(Schema.String),
  title: Schema.optionalKey(Schema.String),
  /** Artifacts of the job: what it looked like, and the same in words. */
  picture: Schema.optionalKey(ArtifactName),
  page: Schema.optionalKey(ArtifactName),
  console: Schema.Array(ConsoleLine),
  requests: Schema.Array(FailedRequest)
})
export type StepEvidence = typeof StepEvidence.Type

const OTHER_WINDOW = "/other-window"

/** The name under which another window stands beside the page of a step that failed. */
export const otherWindowOf = (step: string): string => `${step}${OTHER_WINDOW}`

/** None for the page of a step itself. */
export const stepOfOtherWindow = (name: string): string | undefined =>
  name.endsWith(OTHER_WINDOW) ? name.slice(0, -OTHER_WINDOW.length) : undefined

export type NewStepEvidence = Omit<StepEvidence, "at">

export class StepEvidences extends Context.Service<
  StepEvidences,
  {
    /** Replaces what an earlier run of the same step in the same attempt left. A job that is gone takes nothing. */
    readonly keep: (id: JobId, evidence: NewStepEvidence) => Effect.Effect<void, JobsUnavailable>
    /** By attempt, then in the order in which the steps ended; of very many the last 500. Nothing of a job that is not there. */
    readonly list: (id: JobId) => Effect.Effect<ReadonlyArray<StepEvidence>, JobsUnavailable>
  }
>()("callboard/domain/StepEvidence") {}
