/** The body of `POST /api/jobs/bulk`. */
import { DateTime, Schema } from "effect"
import { type BulkRequest, saysSomething } from "../../domain/BulkJobs.ts"
import { ShownStatus } from "../../domain/JobStatus.ts"
import { BulkAction } from "../../domain/Jobs.ts"
import { Lane } from "../../domain/Lane.ts"
import { StorableText } from "../../domain/Storable.ts"
import { describedTime } from "./describedTime.ts"
import { BatchId, storedAs } from "./JobListQuery.ts"

/** An empty text is more likely a forgotten value than a wish for all jobs. */
const text = (description: string) =>
  Schema.optionalKey(StorableText.check(Schema.isMinLength(1))).annotateKey({ description })

const Filter = Schema.Struct({
  status: Schema.optionalKey(Schema.Array(ShownStatus).check(Schema.isMinLength(1))).annotateKey({
    description: "Any of these. `pending` and `in_progress` mean the stored status."
  }),
  jobType: text("Name of a job type."),
  lane: Schema.optionalKey(Lane),
  restaurantId: text("The restaurant that the jobs belong to."),
  createdBy: text("Who created the jobs."),
  batchId: Schema.optionalKey(BatchId).annotateKey({ description: "The batch that they were created in." }),
  label: text("A label that the jobs have."),
  fingerprint: text("Failed in this way, as in GET /api/failures."),
  q: text("Text in the type, the readable id, the restaurant or the error message."),
  createdAfter: describedTime("Created after this ISO 8601 time."),
  createdBefore: describedTime("Created before this ISO 8601 time.")
})
  .check(Schema.makeFilter(saysSomething))
  .annotate({ identifier: "BulkFilter" })

export const BulkBody = Schema.Struct({ action: BulkAction, filter: Filter }).annotate({ identifier: "BulkRequest" })

export const toBulkRequest = ({
  action,
  filter: { createdAfter, createdBefore, status, ...same }
}: typeof BulkBody.Type): BulkRequest => ({
  action,
  filter: {
    ...same,
    ...(status && { status: storedAs(status) }),
    ...(createdAfter && { createdAfter: DateTime.toDate(createdAfter) }),
    ...(createdBefore && { createdBefore: DateTime.toDate(createdBefore) })
  }
})
