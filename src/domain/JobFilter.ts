/** Which jobs: what lists, counts and bulk actions take. */
import { Schema } from "effect"
import { JobId } from "./JobId.ts"
import { ShownStatus } from "./JobStatus.ts"

export const JobFilter = Schema.Struct({
  /** Only these: what somebody ticked. */
  ids: Schema.optionalKey(Schema.Array(JobId)),
  /** Any of these. Empty or absent: all. */
  status: Schema.optionalKey(Schema.Array(ShownStatus)),
  jobType: Schema.optionalKey(Schema.String),
  lane: Schema.optionalKey(Schema.String),
  restaurantId: Schema.optionalKey(Schema.String),
  createdBy: Schema.optionalKey(Schema.String),
  batchId: Schema.optionalKey(Schema.String),
  label: Schema.optionalKey(Schema.String),
  /** Failed in this way: type, step, code and normalised message. */
  fingerprint: Schema.optionalKey(Schema.String),
  /** Text in the type, the readable id, the restaurant or the error message. */
  q: Schema.optionalKey(Schema.String),
  createdAfter: Schema.optionalKey(Schema.DateFromString),
  createdBefore: Schema.optionalKey(Schema.DateFromString)
}).annotate({ identifier: "JobFilter" })
export type JobFilter = typeof JobFilter.Type
