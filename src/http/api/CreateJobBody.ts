/** The body of `POST /api/jobs`: the domain's `CreateJob`, with `type` as another word for `jobType`. */
import { Schema } from "effect"
import { CreateJob } from "../../domain/Jobs.ts"
import { unstorable } from "../../domain/Storable.ts"

const JobTypeName = Schema.optionalKey(Schema.String)

type Named = { readonly jobType?: string; readonly type?: string }

const nameIssue = ({ jobType, type }: Named) => {
  if (jobType === undefined && type === undefined) return { path: ["jobType"], issue: "Missing key" }
  if (jobType !== undefined && type !== undefined && jobType !== type) {
    return { path: ["type"], issue: "Expected the same as jobType; send only one of them" }
  }
  return undefined
}

export const CreateJobBody = Schema.Struct({
  ...CreateJob.fields,
  jobType: JobTypeName.annotateKey({ description: "Name of the job type, as in GET /api/jobs/types." }),
  type: JobTypeName.annotateKey({ description: "The same as jobType." })
})
  .check(Schema.makeFilter((body) => nameIssue(body) ?? unstorable(body)))
  .annotate({ identifier: "CreateJob" })

export const toCreateJob = ({ jobType, type, ...rest }: typeof CreateJobBody.Type): CreateJob => ({
  ...rest,
  jobType: jobType ?? type ?? ""
})
