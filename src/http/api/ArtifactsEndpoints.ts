/** The endpoints of the files that jobs leave. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Artifact } from "../../domain/Artifacts.ts"
import { Needs } from "./Access.ts"
import { data, JobParameter } from "./endpointParts.ts"
import {
  ArtifactNotFoundProblem,
  ArtifactUnavailableProblem,
  JobNotFoundProblem,
  ServiceUnavailable
} from "./problems.ts"
import { RequestRules } from "./rules.ts"

const list = HttpApiEndpoint.get("list", "/api/jobs/:id/artifacts", {
  params: { id: JobParameter },
  success: data(Schema.Array(Artifact)),
  error: [JobNotFoundProblem, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "List a job's files",
      description: "Pictures of its browser, traces and exports, in the order in which they were made. At most 1000."
    })
  )

const text = (description: string) => Schema.optionalKey(Schema.String).annotateKey({ description })

const read = HttpApiEndpoint.get("read", "/api/jobs/:id/artifacts/:name", {
  params: { id: JobParameter, name: Schema.String.annotateKey({ description: "The file's `name`, as listed." }) },
  headers: {
    "if-none-match": text("An ETag of before: 304 while the file is the same."),
    range: text("One range of bytes: `bytes=0-99`. Others are ignored."),
    "if-range": text("An ETag: the range counts only for that file, otherwise all of the new one comes.")
  },
  success: [
    HttpApiSchema.StreamUint8Array().annotate({ description: "The file, with its own Content-Type." }),
    // The library takes one stream per endpoint, and says the same of this one in the document.
    Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array(), HttpApiSchema.status(206)).annotate({
      description: "The range of it."
    }),
    HttpApiSchema.Empty(304).annotate({ description: "The file is still as the ETag says." })
  ],
  error: [JobNotFoundProblem, ArtifactNotFoundProblem, ArtifactUnavailableProblem, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Read a file of a job",
      description:
        "The bytes of the file. The ETag is their SHA-256. Types that a browser might run are sent as " +
        "`application/octet-stream`, and whatever is no picture or text as an attachment."
    })
  )

export const ArtifactsEndpoints = HttpApiGroup.make("artifacts")
  .add(list, read)
  .middleware(RequestRules)
  .annotateMerge(OpenApi.annotations({ title: "Files", description: "What jobs leave: pictures, traces, exports." }))
