/** The body of `POST /api/jobs`: the domain's `CreateJob`, with `type` as another word for `jobType`. */
import { Schema } from "effect"
import { CreateJob } from "../../domain/Jobs.ts"
import { unstorable } from "../../domain/Storable.ts"
import { describedTime } from "./describedTime.ts"

const JobTypeName = Schema.optionalKey(Schema.String)

type Named = { readonly jobType?: string; readonly type?: string }

const nameIssue = ({ jobType, type }: Named) => {
  if (jobType === undefined && type === undefined) return { path: ["jobType"], issue: "Missing key" }
  if (jobType !== undefined && type !== undefined && jobType !== type) {
    return { path: ["type"], issue: "Expected the same as jobType; send only one of them" }
  }
  return undefined
}

const { concurrencyKey, dedupeKey, dependsOn, input, maxRetries, onDependencyFailure, priority, timeoutMs } =
  CreateJob.fields

export const CreateJobBody = Schema.Struct({
  ...CreateJob.fields,
  jobType: JobTypeName.annotateKey({ description: "Name of the job type, as in GET /api/jobs/types." }),
  type: JobTypeName.annotateKey({ description: "The same as jobType." }),
  input: input.annotateKey({ description: "As the inputSchema of the job type says." }),
  priority: priority.annotateKey({ description: "Higher starts first. Default: 0." }),
  runAt: describedTime("Not before this ISO 8601 time. Default: now."),
  maxRetries: maxRetries.annotateKey({ description: "Default: that of the job type." }),
  timeoutMs: timeoutMs.annotateKey({ description: "Longest time of one attempt. Default: that of the job type." }),
  expiresAt: describedTime(
    "A job that still waits then fails. One that runs goes on, as long as timeoutMs allows, but is not tried again after it. Default: 24 hours after it may start."
  ),
  dependsOn: dependsOn.annotateKey({
    description:
      "Jobs that have to complete first, by either id. In a batch also by the clientRef of another job of the batch."
  }),
  onDependencyFailure: onDependencyFailure.annotateKey({
    description: "What happens when one of them fails or is cancelled: it fails too (default), or runs all the same."
  }),
  concurrencyKey: concurrencyKey.annotateKey({
    description: "At most one job with this key runs at a time. Default: the restaurant. null: no such limit."
  }),
  dedupeKey: dedupeKey.annotateKey({
    description: "While a job with this key has not ended, that job is answered instead of a new one."
  })
})
  .check(Schema.makeFilter((body) => nameIssue(body) ?? unstorable(body)))
  .annotate({ identifier: "CreateJob" })

export const toCreateJob = ({ jobType, type, ...rest }: typeof CreateJobBody.Type): CreateJob => ({
  ...rest,
  jobType: jobType ?? type ?? ""
})
