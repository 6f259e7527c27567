/** The endpoint of what a job asked AI models. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { AiCall, AiUse } from "../../domain/AiCalls.ts"
import { Needs } from "./Access.ts"
import { data, JobParameter } from "./endpointParts.ts"
import { JobNotFoundProblem, ServiceUnavailable } from "./problems.ts"
import { RequestRules } from "./rules.ts"

const list = HttpApiEndpoint.get("list", "/api/jobs/:id/ai-calls", {
  params: { id: JobParameter },
  success: data(Schema.Struct({ use: AiUse, calls: Schema.Array(AiCall) })),
  error: [JobNotFoundProblem, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "What a job asked AI models",
      description:
        "Tokens and cost of the job and of each of its steps, and the last 200 calls with their prompts and answers, in which " +
        "names, addresses and numbers of people are replaced. They are removed with the job."
    })
  )

export const AiCallsEndpoints = HttpApiGroup.make("aiCalls")
  .add(list)
  .middleware(RequestRules)
  .annotateMerge(
    OpenApi.annotations({ title: "AI calls", description: "What jobs asked AI models, and what it cost." })
  )
