/** The endpoints of job types. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Needs } from "./Access.ts"
import { data, withExample } from "./endpointParts.ts"
import { JobTypeView } from "./JobTypeView.ts"
import { PauseBody } from "./PauseBody.ts"
import { JobTypeNotFoundProblem, ServiceUnavailable } from "./problems.ts"
import { BodyRules, NoBodyRules, RequestRules } from "./rules.ts"

const params = {
  type: Schema.String.annotateKey({ description: "Name of a job type, as in GET /api/jobs/types." })
}

const types = HttpApiEndpoint.get("types", "/api/jobs/types", {
  success: data(Schema.Array(JobTypeView)),
  error: ServiceUnavailable
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "List job types",
      description:
        "What can be run: the schema of each input and result, an example that works, steps and retries, and whether " +
        "somebody paused it."
    })
  )

const pauseType = HttpApiEndpoint.post("pauseType", "/api/types/:type/pause", {
  params,
  payload: PauseBody,
  success: data(JobTypeView),
  error: [JobTypeNotFoundProblem, ServiceUnavailable]
})
  .middleware(BodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Pause a job type",
      description:
        "No job of this type is started until it is resumed. What runs goes on. Pausing again changes the reason. " +
        "The body is optional.",
      transform: withExample({ reason: "The portal shows wrong prices" }, false)
    })
  )

const resumeType = HttpApiEndpoint.post("resumeType", "/api/types/:type/resume", {
  params,
  success: data(JobTypeView),
  error: [JobTypeNotFoundProblem, ServiceUnavailable]
})
  .middleware(NoBodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Resume a job type",
      description: "Its jobs are started again. Changes nothing where it was not paused."
    })
  )

export const JobTypesEndpoints = HttpApiGroup.make("jobTypes")
  .add(types, pauseType, resumeType)
  .middleware(RequestRules)
  .annotateMerge(OpenApi.annotations({ title: "Job types", description: "The kinds of work that this server knows." }))
