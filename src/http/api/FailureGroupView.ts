/** Jobs that failed in the same way, as `GET /api/failures` describes them. */
import { Schema } from "effect"
import { Time } from "../../domain/Job.ts"
import { JobErrorCode } from "../../domain/JobError.ts"
import { ReadableJobId } from "../../domain/JobId.ts"

export const FailureGroupView = Schema.Struct({
  fingerprint: Schema.String.annotateKey({
    description: "Names the group: a filter of GET /api/jobs and POST /api/jobs/bulk."
  }),
  jobType: Schema.String,
  step: Schema.optionalKey(Schema.String),
  code: JobErrorCode,
  jobs: Schema.Int,
  restaurants: Schema.Int.annotateKey({ description: "Restaurants among those jobs." }),
  firstFailedAt: Time,
  lastFailedAt: Time,
  latestJobId: ReadableJobId,
  latestMessage: Schema.String
}).annotate({ identifier: "FailureGroup" })
