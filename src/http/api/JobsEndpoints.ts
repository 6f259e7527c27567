/** The endpoints of jobs. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Artifact } from "../../domain/Artifacts.ts"
import { Attempt, LogLine, StepRun } from "../../domain/Attempt.ts"
import { Checkpoint } from "../../domain/Checkpoint.ts"
import { Job } from "../../domain/Job.ts"
import { Needs } from "./Access.ts"
import { CreateJobBody } from "./CreateJobBody.ts"
import { accepted, data, IdempotencyKey, JobParameter, Location, Replayed, withExample } from "./endpointParts.ts"
import { JobInputBody } from "./JobInputBody.ts"
import { JobListQuery } from "./JobListQuery.ts"
import { JobStatusView } from "./JobStatusView.ts"
import {
  DedupeKeyTakenProblem,
  IdempotencyInFlightProblem,
  IdempotencyMismatchProblem,
  InvalidCursorProblem,
  JobConflictProblem,
  JobNotFoundProblem,
  PromptClosedProblem,
  PromptNotFoundProblem,
  ServiceUnavailable,
  UnknownDependencyProblem,
  UnknownJobTypeProblem,
  UnknownStepProblem,
  ValidationFailed
} from "./problems.ts"
import { RetryJobBody } from "./RetryJobBody.ts"
import { BodyRules, NoBodyRules, RequestRules } from "./rules.ts"

const params = { id: JobParameter }

const create = HttpApiEndpoint.post("create", "/api/jobs", {
  headers: {
    "idempotency-key": IdempotencyKey
  },
  payload: CreateJobBody,
  success: HttpApiSchema.WithHeaders(data(Job).pipe(accepted), {
    location: Location,
    "idempotency-replayed": Replayed,
    deduplicated: Schema.optionalKey(Schema.Literal("true")).annotateKey({
      description: "A job with this dedupeKey had not ended, so none was created; the answer is that job."
    })
  }),
  error: [
    UnknownJobTypeProblem,
    UnknownDependencyProblem,
    ValidationFailed,
    IdempotencyInFlightProblem,
    IdempotencyMismatchProblem,
    ServiceUnavailable
  ]
})
  .middleware(BodyRules)
  .annotate(Needs, "create")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Create a job",
      description:
        "Answers at once; the job runs in the background. Follow it with `GET /api/jobs/{id}/status`. " +
        "The input is checked against the schema of its job type (`GET /api/jobs/types`), and unknown fields are refused. " +
        "While a job with the same `dedupeKey` has not ended, that job is answered, with the header `deduplicated: true`.",
      transform: withExample({
        jobType: "add-item-tags",
        input: {
          restaurantId: "trattoria-roma",
          email: "practice@example.com",
          password: "practice-password",
          tags: [{ name: "Vegan", colour: "green", items: ["Marinara", "Sorbetto al limone"] }]
        },
        labels: ["first-try"]
      })
    })
  )

const list = HttpApiEndpoint.get("list", "/api/jobs", {
  query: JobListQuery,
  success: Schema.Struct({ data: Schema.Array(Job), nextCursor: Schema.optionalKey(Schema.String) }),
  error: [InvalidCursorProblem, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({ summary: "List jobs", description: "Newest first. `nextCursor` is absent on the last page." })
  )

const get = HttpApiEndpoint.get("get", "/api/jobs/:id", {
  params,
  success: data(
    Schema.Struct({ ...Job.fields, steps: Schema.Array(StepRun), artifacts: Schema.Array(Artifact) }).annotate({
      identifier: "JobWithSteps"
    })
  ),
  error: [JobNotFoundProblem, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Get a job",
      description: "The whole job with the steps it ran and the files it left."
    })
  )

const status = HttpApiEndpoint.get("status", "/api/jobs/:id/status", {
  params,
  query: {
    waitMs: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30_000 }))).annotateKey({
      description:
        "Holds the request until the job differs from the ETag in If-None-Match (or, without one, from what it was " +
        "when the request came), at most this long. A job that has ended is answered at once."
    })
  },
  headers: { "if-none-match": Schema.optionalKey(Schema.String) },
  success: [
    HttpApiSchema.WithHeaders(data(JobStatusView), { etag: Schema.String }),
    HttpApiSchema.Empty(304).annotate({ description: "The job is still as the ETag says." })
  ],
  error: [JobNotFoundProblem, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Poll a job",
      description: "The small answer for polling. Wait `pollAfterMs` between two requests, or use `waitMs`."
    })
  )

const attempts = HttpApiEndpoint.get("attempts", "/api/jobs/:id/attempts", {
  params,
  success: data(Schema.Array(Attempt)),
  error: [JobNotFoundProblem, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(OpenApi.annotations({ summary: "List a job's attempts", description: "Oldest first." }))

const checkpoints = HttpApiEndpoint.get("checkpoints", "/api/jobs/:id/checkpoints", {
  params,
  success: data(Schema.Array(Checkpoint)),
  error: [JobNotFoundProblem, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "List a job's checkpoints",
      description:
        "The finished steps that a retry `from` `checkpoint` does not do again, oldest first. What they keep stays inside: " +
        "it may hold what a script read with somebody's password."
    })
  )

const logs = HttpApiEndpoint.get("logs", "/api/jobs/:id/logs", {
  params,
  query: {
    after: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))).annotateKey({
      description: "Lines with a higher id. Without it, the last `limit` lines."
    }),
    limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000 }))).annotateKey({
      description: "Lines per page, 1 to 1000. Default: 200."
    })
  },
  success: data(Schema.Array(LogLine)),
  error: [JobNotFoundProblem, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Read a job's log",
      description: "Oldest first. For what comes next, ask with `after` set to the id of the last line."
    })
  )

const CancelledJob = Schema.Struct({ ...Job.fields, status: Schema.Literal("cancelled") }).annotate({
  identifier: "CancelledJob"
})

const cancel = HttpApiEndpoint.post("cancel", "/api/jobs/:id/cancel", {
  params,
  success: [
    data(CancelledJob).annotate({ description: "It was pending and is cancelled." }),
    data(Job).pipe(accepted).annotate({ description: "It is running and was asked to stop." })
  ],
  error: [JobNotFoundProblem, JobConflictProblem, ServiceUnavailable]
})
  .middleware(NoBodyRules)
  .annotate(Needs, "create")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Cancel a job",
      description: "A pending job is cancelled at once. A running one stops within moments. 409 when it has ended."
    })
  )

const retry = HttpApiEndpoint.post("retry", "/api/jobs/:id/retry", {
  params,
  payload: [RetryJobBody, Schema.Null],
  success: HttpApiSchema.WithHeaders(data(Job).pipe(accepted), { location: Location }),
  error: [
    JobNotFoundProblem,
    JobConflictProblem,
    DedupeKeyTakenProblem,
    UnknownStepProblem,
    UnknownJobTypeProblem,
    ServiceUnavailable
  ]
})
  .middleware(BodyRules)
  .annotate(Needs, "operate")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Retry a job",
      description:
        "Makes a failed or cancelled job pending again. `from` is `checkpoint` (go on after the last finished step), " +
        "`start`, or the name of a step: its output and those of later steps are forgotten. `input` replaces the " +
        "input; a secret that is sent as the mask keeps its value. Without `from`, it is `checkpoint`, and `start` " +
        "with an `input`: what was done for the old one would not be done again. 422 when the input names another " +
        "restaurant and `from` is not `start`. The body is optional. " +
        "409 unless the job failed or was cancelled.",
      transform: withExample({ from: "checkpoint" }, false)
    })
  )

const input = HttpApiEndpoint.post("input", "/api/jobs/:id/input", {
  params,
  payload: JobInputBody,
  success: data(Job),
  error: [JobNotFoundProblem, PromptNotFoundProblem, PromptClosedProblem, ValidationFailed, ServiceUnavailable]
})
  .middleware(BodyRules)
  .annotate(Needs, "operate")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Answer what a job asks",
      description:
        "For a job with a `prompt`. One answer counts: 409 when the job does not ask this any more, with the reason " +
        "(somebody was faster, the time was over, the job has ended). 422 when the value does not fit; the job still asks. " +
        "The answer is sealed, given to the script, and then forgotten.",
      transform: withExample({ promptId: "01912d68-783e-7a3a-8c1e-4f0f2f6b9a10", value: "123 456" })
    })
  )

const remove = HttpApiEndpoint.delete("remove", "/api/jobs/:id", {
  params,
  success: [
    data(Job).pipe(accepted).annotate({ description: "It had not ended: it is cancelled, or was asked to stop." }),
    HttpApiSchema.Empty(204).annotate({ description: "It had ended and is removed." })
  ],
  error: [JobNotFoundProblem, JobConflictProblem, ServiceUnavailable]
})
  .middleware(NoBodyRules)
  .annotate(Needs, "create")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Remove a job",
      description:
        "Removes a job that has ended, with its attempts, log, results and files. A job that has not ended is cancelled " +
        "instead, as by `POST /api/jobs/{id}/cancel`."
    })
  )

export const JobsEndpoints = HttpApiGroup.make("jobs")
  .add(create, list, get, status, attempts, checkpoints, logs, cancel, retry, input, remove)
  .middleware(RequestRules)
  .annotateMerge(
    OpenApi.annotations({ title: "Jobs", description: "Create, follow, answer, stop, retry and remove jobs." })
  )
