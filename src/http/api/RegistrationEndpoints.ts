/** The synchronous endpoints of old: a job whose result is waited for. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Job } from "../../domain/Job.ts"
import { unstorable } from "../../domain/Storable.ts"
import { Needs } from "./Access.ts"
import { accepted, data, IdempotencyKey, Location, Replayed, withExample } from "./endpointParts.ts"
import {
  IdempotencyInFlightProblem,
  IdempotencyMismatchProblem,
  JobFailedProblem,
  JobNotFoundProblem,
  JobTypeNotFoundProblem,
  ServiceUnavailable,
  ValidationFailed
} from "./problems.ts"
import { BodyRules, RequestRules } from "./rules.ts"

const answerHeaders = {
  location: Location,
  "idempotency-replayed": Replayed,
  deprecation: Schema.String.annotateKey({ description: "Since when it is deprecated, as in RFC 9745." }),
  sunset: Schema.String.annotateKey({ description: "When it goes away, as in RFC 8594." }),
  link: Schema.String.annotateKey({ description: "What to use instead." })
}

const register = HttpApiEndpoint.post("register", "/api/registration/:jobType", {
  params: { jobType: Schema.String.annotateKey({ description: "Name of a job type, as in GET /api/jobs/types." }) },
  headers: { "idempotency-key": IdempotencyKey },
  payload: Schema.Json.check(Schema.makeFilter((input: Schema.Json) => unstorable(input))),
  success: [
    HttpApiSchema.WithHeaders(
      data(Schema.Json).annotate({ description: "The job completed: its result." }),
      answerHeaders
    ),
    HttpApiSchema.WithHeaders(
      data(Job).pipe(accepted).annotate({ description: "The job has not ended within 25 seconds: follow it." }),
      answerHeaders
    )
  ],
  error: [
    JobTypeNotFoundProblem,
    JobNotFoundProblem,
    ValidationFailed,
    IdempotencyInFlightProblem,
    IdempotencyMismatchProblem,
    JobFailedProblem,
    ServiceUnavailable
  ]
})
  .middleware(BodyRules)
  .annotate(Needs, "create")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Run a job and wait for it",
      description:
        "For callers that still expect the result in the answer: use `POST /api/jobs` instead. The body is the input of the " +
        "job. The job goes on when the connection ends; with the same Idempotency-Key the next request waits for the same " +
        "job. Each use is counted in `GET /api/stats`.",
      deprecated: true,
      transform: withExample({
        restaurantId: "trattoria-roma",
        email: "practice@example.com",
        password: "practice-password",
        tags: [{ name: "Vegan", colour: "green", items: ["Marinara", "Sorbetto al limone"] }]
      })
    })
  )

export const RegistrationEndpoints = HttpApiGroup.make("registration")
  .add(register)
  .middleware(RequestRules)
  .annotateMerge(OpenApi.annotations({ title: "Deprecated", description: "Endpoints that will go away." }))
