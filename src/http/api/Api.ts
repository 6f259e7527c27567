/** The JSON API, declared once: what it takes, what it answers, how it fails. The OpenAPI document comes from here. */
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { JobsEndpoints } from "./JobsEndpoints.ts"
import { JobTypeView } from "./JobTypeView.ts"
import { tidyOpenApi } from "./openApi.ts"
import { SchedulesEndpoints } from "./SchedulesEndpoints.ts"

const types = HttpApiEndpoint.get("types", "/api/jobs/types", {
  success: Schema.Struct({ data: Schema.Array(JobTypeView) })
}).annotateMerge(
  OpenApi.annotations({
    summary: "List job types",
    description: "What can be run: the schema of each input and result, an example that works, steps and retries."
  })
)

const JobTypesEndpoints = HttpApiGroup.make("jobTypes")
  .add(types)
  .annotateMerge(OpenApi.annotations({ title: "Job types", description: "The kinds of work that this server knows." }))

/** Every wrong place is reported at once, and what the API does not know is refused by name. */
const strict = { errors: "all", onExcessProperty: "error" } as const

export const Api = HttpApi.make("callboard")
  .add(JobsEndpoints, JobTypesEndpoints, SchedulesEndpoints)
  .annotate(HttpApi.PayloadParseOptions, strict)
  .annotate(HttpApi.QueryParseOptions, strict)
  .annotateMerge(
    OpenApi.annotations({
      title: "Callboard",
      version: "0.1.0",
      description:
        "Durable jobs over HTTP. JSON in camelCase, times in ISO 8601 UTC, durations in milliseconds (`Ms`). " +
        "Errors are RFC 9457 problems; compare their `code`.",
      transform: tidyOpenApi
    })
  )
