/** The endpoint of figures. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { LOOKED_AT, StatisticsReport } from "../../domain/Statistics.ts"
import { Needs } from "./Access.ts"
import { data } from "./endpointParts.ts"
import { ServiceUnavailable } from "./problems.ts"
import { RequestRules } from "./rules.ts"

const stats = HttpApiEndpoint.get("stats", "/api/stats", {
  success: data(StatisticsReport),
  error: ServiceUnavailable
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Read figures",
      description:
        "Jobs per status and lane, throughput, durations and success rates of your organisation. They come from its newest " +
        `${LOOKED_AT.toLocaleString("en")} jobs (\`basis\`), so that asking costs the same however many are stored.`
    })
  )

export const StatisticsEndpoints = HttpApiGroup.make("statistics")
  .add(stats)
  .middleware(RequestRules)
  .annotateMerge(OpenApi.annotations({ title: "Figures", description: "How much is done, how fast, how well." }))
