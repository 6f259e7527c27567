/** Why a job does not run right now. */
import { Schema } from "effect"

export const WaitingCode = Schema.Literals(["scheduled", "backoff", "pool_full", "no_worker", "lease_lost"])
export type WaitingCode = typeof WaitingCode.Type

export const WaitingReason = Schema.Struct({
  code: WaitingCode,
  /** When it ends by itself, where that is known. */
  until: Schema.optionalKey(Schema.DateTimeUtcFromString),
  /** Places in the lane that are all taken (`pool_full`). */
  limit: Schema.optionalKey(Schema.Int)
}).annotate({ identifier: "WaitingReason" })
export type WaitingReason = typeof WaitingReason.Type
