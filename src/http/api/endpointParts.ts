/** What several endpoints are made of. */
import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import type { Job } from "../../domain/Job.ts"

export const data = <S extends Schema.Top>(schema: S) => Schema.Struct({ data: schema })

export const accepted = HttpApiSchema.status(202)

export const Location = Schema.String.annotateKey({ description: "Where to look at the job: /api/jobs/<jobId>." })

export const JobParameter = Schema.String.annotateKey({
  description: "Either id of the job: its UUID or JOB_YYYYMMDD_HHMMSS_xxxxxxxx."
})

export const locationOf = ({ jobId }: Job) => `/api/jobs/${jobId}`

export const IdempotencyKey = Schema.optionalKey(
  Schema.String.check(Schema.isPattern(/^[!-~]{1,255}$/u, { message: "Expected 1 to 255 visible ASCII characters" }))
)

export const keyOption = ({ "idempotency-key": key }: { readonly "idempotency-key"?: string }) =>
  key === undefined ? {} : { idempotencyKey: key }

/** Puts an example next to the body's schema, and says whether there has to be a body. */
export const withExample =
  (example: unknown, required = true) =>
  (operation: Record<string, unknown>) => {
    const body = operation.requestBody as { readonly content: Record<string, object> }
    const content = Object.entries(body.content).map(([type, media]) => [type, { ...media, example }])
    return { ...operation, requestBody: { content: Object.fromEntries(content), required } }
  }
