/** The JSON API, declared once: what it takes, what it answers, how it fails. The OpenAPI document comes from here. */
import { HttpApi, OpenApi } from "effect/http-api"
import { Access } from "./Access.ts"
import { AiCallsEndpoints } from "./AiCallsEndpoints.ts"
import { ArtifactsEndpoints } from "./ArtifactsEndpoints.ts"
import { AuditEndpoints } from "./AuditEndpoints.ts"
import { withComponents } from "./eventStreams.ts"
import { withExampleAnswers } from "./exampleAnswers.ts"
import { withGeneralProblems } from "./generalProblems.ts"
import { JobsEndpoints } from "./JobsEndpoints.ts"
import { JobTypesEndpoints } from "./JobTypesEndpoints.ts"
import { KeysEndpoints } from "./KeysEndpoints.ts"
import { LanesEndpoints } from "./LanesEndpoints.ts"
import { ManyJobsEndpoints } from "./ManyJobsEndpoints.ts"
import { tidyOpenApi } from "./openApi.ts"
import { RegistrationEndpoints } from "./RegistrationEndpoints.ts"
import { SchedulesEndpoints } from "./SchedulesEndpoints.ts"
import { StatisticsEndpoints } from "./StatisticsEndpoints.ts"
import { StreamsEndpoints, streamSchemas } from "./StreamsEndpoints.ts"
import { socketSchemas, withSocket } from "./socketOperation.ts"
import { UploadsEndpoints } from "./UploadsEndpoints.ts"
import { WebhooksEndpoints } from "./WebhooksEndpoints.ts"
import { withWebhooks } from "./webhooksDocument.ts"

/** Every wrong place is reported at once, and what the API does not know is refused by name. */
const strict = { errors: "all", onExcessProperty: "error" } as const

export const Api = HttpApi.make("callboard")
  .add(JobsEndpoints, ArtifactsEndpoints, ManyJobsEndpoints, JobTypesEndpoints, LanesEndpoints, SchedulesEndpoints)
  .add(KeysEndpoints, AuditEndpoints)
  .add(StreamsEndpoints, StatisticsEndpoints, RegistrationEndpoints)
  .add(WebhooksEndpoints)
  .add(AiCallsEndpoints, UploadsEndpoints)
  .middleware(Access)
  .annotate(HttpApi.PayloadParseOptions, strict)
  .annotate(HttpApi.QueryParseOptions, strict)
  .annotateMerge(
    OpenApi.annotations({
      title: "Callboard",
      version: "0.1.0",
      description:
        "Durable jobs over HTTP. JSON in camelCase, times in ISO 8601 UTC, durations in milliseconds (`Ms`). " +
        "Errors are RFC 9457 problems; compare their `code`.",
      transform: (document) =>
        withWebhooks(
          withGeneralProblems(
            withExampleAnswers(tidyOpenApi(withSocket(withComponents([...streamSchemas, ...socketSchemas], document))))
          )
        )
    })
  )
