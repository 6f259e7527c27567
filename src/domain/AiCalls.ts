/** What jobs asked language models: written down before the model is asked, with prompt and answer redacted. */
import { Context, type Effect, Schema } from "effect"
import { Time } from "./Job.ts"
import type { JobId, JobRef } from "./JobId.ts"
import type { JobNotFound, JobsUnavailable } from "./Jobs.ts"

/** `asked`: no answer is known, because it is on its way or its worker died. */
export const AiOutcome = Schema.Literals(["asked", "answered", "failed"])

/** Tokens, and what they cost in US dollars. A call without an answer counts with the most that it may have cost. */
const use = {
  inputTokens: Schema.Int,
  outputTokens: Schema.Int,
  costUsd: Schema.Finite
}

export const AiCall = Schema.Struct({
  id: Schema.String,
  attempt: Schema.Int,
  step: Schema.optionalKey(Schema.String),
  model: Schema.String,
  outcome: AiOutcome,
  askedAt: Time,
  durationMs: Schema.optionalKey(Schema.Int),
  ...use,
  problem: Schema.optionalKey(Schema.String),
  prompt: Schema.String,
  answer: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "AiCall" })
export type AiCall = typeof AiCall.Type

export const AiStepUse = Schema.Struct({ step: Schema.optionalKey(Schema.String), calls: Schema.Int, ...use })
export type AiStepUse = typeof AiStepUse.Type

export const AiUse = Schema.Struct({
  calls: Schema.Int,
  ...use,
  /** In the order in which the steps first asked. */
  steps: Schema.Array(AiStepUse)
}).annotate({ identifier: "AiUse" })
export type AiUse = typeof AiUse.Type

export interface NewAiCall {
  readonly id: string
  readonly jobId: JobId
  readonly attempt: number
  readonly step: string | undefined
  readonly model: string
  readonly mostMicros: number
  readonly budgetMicros: number
  /** Redacted. */
  readonly prompt: string
}

export interface EndedAiCall {
  readonly outcome: "answered" | "failed"
  readonly durationMs: number
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** Absent where nobody knows: then the most that it can have cost stays. */
  readonly costMicros?: number
  readonly problem?: string
  /** Redacted. */
  readonly answer?: string
}

export class AiCalls extends Context.Service<
  AiCalls,
  {
    /** False, and nothing is written, when the call could take its job over the budget. */
    readonly begin: (call: NewAiCall) => Effect.Effect<boolean, JobsUnavailable>
    readonly end: (id: string, end: EndedAiCall) => Effect.Effect<void, JobsUnavailable>
    readonly use: (ref: JobRef) => Effect.Effect<AiUse, JobNotFound | JobsUnavailable>
    /** In their order: the last 200. */
    readonly list: (ref: JobRef) => Effect.Effect<ReadonlyArray<AiCall>, JobNotFound | JobsUnavailable>
  }
>()("callboard/domain/AiCalls") {}
