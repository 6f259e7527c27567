/** The endpoint that takes files for jobs to read. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { LARGEST_UPLOAD, Upload } from "../../domain/Uploads.ts"
import { Needs } from "./Access.ts"
import { data } from "./endpointParts.ts"
import {
  ArtifactUnavailableProblem,
  BodyTimeout,
  BodyTooLarge,
  ServiceUnavailable,
  UnsupportedMediaType,
  ValidationFailed
} from "./problems.ts"
import { RequestRules } from "./rules.ts"

const file = { schema: { type: "string", format: "binary" } }

/** The body is read as it comes and fits no schema, so the document is told of it here. */
const withBody = (operation: Record<string, unknown>) => ({
  ...operation,
  requestBody: {
    required: true,
    content: {
      "multipart/form-data": {
        schema: {
          type: "object",
          required: ["file"],
          properties: { file: { type: "string", format: "binary", description: "The file." } }
        }
      },
      "text/csv": { ...file, example: "restaurant_id,tag\n4711,Vegan\n" },
      "application/x-ndjson": { ...file, example: '{"restaurant_id":"4711","tag":"Vegan"}\n' }
    }
  }
})

const create = HttpApiEndpoint.post("create", "/api/uploads", {
  query: {
    name: Schema.optionalKey(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200))).annotateKey({
      description: "The file’s name, where the body is the file itself."
    })
  },
  success: data(Upload).pipe(HttpApiSchema.status(201)),
  error: [
    ValidationFailed,
    UnsupportedMediaType,
    BodyTooLarge,
    BodyTimeout,
    ArtifactUnavailableProblem,
    ServiceUnavailable
  ]
})
  .annotate(Needs, "create")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Send a file for a job to read",
      description: `A CSV or NDJSON file of at most ${LARGEST_UPLOAD / 1_024 ** 2} MiB, as a form's \`file\` or as the body itself. Its \`id\` is what \`bulk_import\` takes. It is removed after a day, unless a check with good rows, or an import that has yet to run or may be tried again, still needs it.`,
      transform: withBody
    })
  )

export const UploadsEndpoints = HttpApiGroup.make("uploads")
  .add(create)
  .middleware(RequestRules)
  .annotateMerge(OpenApi.annotations({ title: "Uploads", description: "Files that jobs read." }))
