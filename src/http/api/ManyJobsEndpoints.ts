/** The endpoints that are about many jobs at once. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Job } from "../../domain/Job.ts"
import { JobId, ReadableJobId } from "../../domain/JobId.ts"
import { MOST_IN_BATCH } from "../../domain/Jobs.ts"
import { UpkeepCounts } from "../../domain/Upkeep.ts"
import { Needs } from "./Access.ts"
import { BatchReportView } from "./BatchReportView.ts"
import { BulkBody } from "./BulkBody.ts"
import { CreateJobBody } from "./CreateJobBody.ts"
import { accepted, data, IdempotencyKey, Location, Replayed, withExample } from "./endpointParts.ts"
import { FailureGroupView } from "./FailureGroupView.ts"
import {
  BatchNotFoundProblem,
  IdempotencyInFlightProblem,
  IdempotencyMismatchProblem,
  ServiceUnavailable,
  ValidationFailed
} from "./problems.ts"
import { BatchBodyRules, BodyRules, NoBodyRules, RequestRules } from "./rules.ts"

const CreatedBatch = Schema.Struct({
  batchId: Schema.String,
  jobs: Schema.Array(
    Schema.Struct({ id: JobId, jobId: ReadableJobId, clientRef: Schema.optionalKey(Schema.String) })
  ).annotateKey({ description: "In the order of the request." })
}).annotate({ identifier: "CreatedBatch" })

const tagging = (clientRef: string, tag: string) => ({
  jobType: "add-item-tags",
  clientRef,
  input: {
    restaurantId: "trattoria-roma",
    email: "practice@example.com",
    password: "practice-password",
    tags: [{ name: tag, colour: "green", items: ["Marinara"] }]
  }
})

const createBatch = HttpApiEndpoint.post("createBatch", "/api/jobs/batch", {
  headers: {
    "idempotency-key": IdempotencyKey
  },
  payload: Schema.Struct({
    jobs: Schema.Array(CreateJobBody).check(Schema.isMinLength(1), Schema.isMaxLength(MOST_IN_BATCH))
  }).annotate({ identifier: "CreateBatch" }),
  success: HttpApiSchema.WithHeaders(data(CreatedBatch).pipe(accepted), {
    location: Schema.String.annotateKey({ description: "Where to look at the batch: /api/batches/<batchId>." }),
    "idempotency-replayed": Replayed
  }),
  error: [ValidationFailed, IdempotencyInFlightProblem, IdempotencyMismatchProblem, ServiceUnavailable]
})
  .middleware(BatchBodyRules)
  .annotate(Needs, "create")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Create a batch",
      description:
        `1 to ${MOST_IN_BATCH.toLocaleString("en")} jobs in one request of at most 8 MiB: all are created, or none. ` +
        "`dependsOn` may name the `clientRef` of another job of the batch. Wrong places are named like " +
        "`jobs[2].input.tags`; a `dedupeKey` that is taken is one of them.",
      transform: withExample({
        jobs: [tagging("vegan", "Vegan"), { ...tagging("spicy", "Spicy"), dependsOn: ["vegan"] }]
      })
    })
  )

const batch = HttpApiEndpoint.get("batch", "/api/batches/:id", {
  params: { id: Schema.String.annotateKey({ description: "The batchId of the batch and of its jobs." }) },
  success: data(BatchReportView),
  error: [BatchNotFoundProblem, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Get a batch",
      description: "How far its jobs are. The jobs themselves: `GET /api/jobs?batchId=`."
    })
  )

const bulk = HttpApiEndpoint.post("bulk", "/api/jobs/bulk", {
  headers: {
    "idempotency-key": IdempotencyKey
  },
  payload: BulkBody,
  success: HttpApiSchema.WithHeaders(data(Job).pipe(accepted), {
    location: Location,
    "idempotency-replayed": Replayed
  }),
  error: [IdempotencyInFlightProblem, IdempotencyMismatchProblem, ServiceUnavailable]
})
  .middleware(BodyRules)
  .annotate(Needs, "operate")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Cancel or retry many jobs",
      description:
        "Starts a job that cancels or retries (from the checkpoint) every job that fits the filter and existed when " +
        "the request came. Jobs whose status does not allow it are passed over. Follow and cancel it like any job; " +
        "its result says how many were seen and changed.",
      transform: withExample({ action: "retry", filter: { status: ["failed"], jobType: "add-item-tags" } })
    })
  )

const failures = HttpApiEndpoint.get("failures", "/api/failures", {
  success: data(Schema.Array(FailureGroupView)),
  error: ServiceUnavailable
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "List failures by their kind",
      description:
        "Failed jobs that failed in the same way and are not retried yet, the largest groups first, at most 100 groups."
    })
  )

const cleanup = HttpApiEndpoint.post("cleanup", "/api/jobs/cleanup", {
  success: data(UpkeepCounts),
  error: ServiceUnavailable
})
  .middleware(NoBodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Clean up now",
      description:
        "One round of what the server does by itself from time to time: gives back jobs of dead workers, ends jobs that " +
        "are past their expiry or time limit, removes old ones. Says how many of each."
    })
  )

export const ManyJobsEndpoints = HttpApiGroup.make("manyJobs")
  .add(createBatch, batch, bulk, failures, cleanup)
  .middleware(RequestRules)
  .annotateMerge(OpenApi.annotations({ title: "Many jobs", description: "Batches, bulk actions, failures, clean-up." }))
