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
).annotateKey({
  description:
    "1 to 255 visible ASCII characters, such as a UUID; quoted or not. For 24 hours the same key with the same body gives " +
    "what the first request made, marked with `Idempotency-Replayed: true`. Another body: 422. While the first " +
    "request is worked on: 409, with `Retry-After`."
})

/** Of an answer that an earlier request with the same key made. */
export const Replayed = Schema.optionalKey(Schema.Literal("true")).annotateKey({
  description: "An earlier request with this Idempotency-Key had made it."
})

export const replayedHeader = (replayed: boolean) => (replayed ? { "idempotency-replayed": "true" as const } : {})

/** The draft writes it as a string of structured fields, `"key"`; most people leave the quotes out. */
const bare = (key: string) => /^"(.+)"$/u.exec(key)?.[1] ?? key

export const keyOption = ({ "idempotency-key": key }: { readonly "idempotency-key"?: string }) =>
  key === undefined ? {} : { idempotencyKey: bare(key), whileInFlight: "refuse" as const }

/** Puts an example next to the body's schema, and says whether there has to be a body. */
export const withExample =
  (example: unknown, required = true) =>
  (operation: Record<string, unknown>) => {
    const body = operation.requestBody as { readonly content: Record<string, object> }
    const content = Object.entries(body.content).map(([type, media]) => [type, { ...media, example }])
    return { ...operation, requestBody: { content: Object.fromEntries(content), required } }
  }
