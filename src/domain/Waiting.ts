/** Why a job does not run right now. The reasons are found by the same SQL that claims jobs (`job_waiting`). */
import { Schema } from "effect"
import { ReadableJobId } from "./JobId.ts"

export const WaitingCode = Schema.Literals([
  "scheduled",
  "backoff",
  "paused_lane",
  "paused_type",
  "dependency",
  "concurrency_key",
  "no_worker",
  "draining",
  "pool_full",
  "lease_lost",
  "needs_input",
  "prompts_full"
])
export type WaitingCode = typeof WaitingCode.Type

export const WaitingReason = Schema.Struct({
  code: WaitingCode,
  /** When it ends by itself, where that is known (`needs_input`: until when it can be answered). */
  until: Schema.optionalKey(Schema.DateTimeUtcFromString),
  /** Places in the lane that are all taken (`pool_full`). */
  limit: Schema.optionalKey(Schema.Int),
  /** The jobs it waits for (`dependency`, at most 10; `concurrency_key`: the one that runs or goes first). */
  jobs: Schema.optionalKey(Schema.Array(ReadableJobId)),
  /** Who paused the lane or type, when and why (`paused_lane`, `paused_type`); since when is asked (`needs_input`). */
  since: Schema.optionalKey(Schema.DateTimeUtcFromString),
  by: Schema.optionalKey(Schema.String),
  note: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "WaitingReason" })
export type WaitingReason = typeof WaitingReason.Type
