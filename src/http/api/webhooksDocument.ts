/** What receivers get, in the OpenAPI document: its part `webhooks`, which nothing derives. */
import { JobEvent } from "../../domain/Webhook.ts"

type Json = Record<string, unknown>

const meanings: Readonly<Record<typeof JobEvent.Type, string>> = {
  "job.started": "An attempt of a job has begun.",
  "job.completed": "A job is done; its result is in the job.",
  "job.failed": "A job has failed for good; its error is in the job.",
  "job.cancelled": "A job was cancelled.",
  "job.needs_input": "A job asks a person something; the question is the job's prompt."
}

const header = (name: string, description: string, example: string) => ({
  name,
  in: "header",
  required: true,
  description,
  schema: { type: "string" },
  example
})

const headers = [
  header(
    "webhook-id",
    "The same with every attempt: what came twice has it twice.",
    "018f0000-0000-7000-8000-0000000000d1"
  ),
  header("webhook-timestamp", "When this attempt was made, in seconds since 1970.", "1795330800"),
  header(
    "webhook-signature",
    "`v1,` and HMAC-SHA256 of `<id>.<timestamp>.<body>` in base64; two with a space between them while the secret changes.",
    "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
  )
]

const answers = {
  "2XX": { description: "Taken. Every other answer, and none within 15 seconds, is tried again for about a day." },
  "410": { description: "Not wanted any more: the webhook is switched off." },
  "429": { description: "Tried again later, not before `Retry-After`. The same is true of all other failures." }
}

/** The body: the schema of a job is a component already. */
const bodyOf = (type: string) => ({
  required: true,
  content: {
    "application/json": {
      schema: {
        type: "object",
        required: ["type", "timestamp", "data"],
        properties: {
          type: { type: "string", enum: [type] },
          timestamp: { type: "string", format: "date-time", description: "When it happened." },
          data: {
            type: "object",
            required: ["job"],
            properties: {
              job: {
                $ref: "#/components/schemas/Job",
                description: "The job as it was then. Secrets are masked, in its input and in its result."
              },
              shortened: {
                type: "boolean",
                description:
                  "Present where the job was too large (256 KiB): its input is empty and its result left out."
              }
            }
          }
        }
      }
    }
  }
})

const operationOf = (type: typeof JobEvent.Type) => ({
  post: {
    operationId: `webhook.${type}`,
    tags: ["Webhooks"],
    summary: type,
    description: meanings[type],
    parameters: headers,
    requestBody: bodyOf(type),
    responses: answers
  }
})

export const withWebhooks = (document: Json): Json => ({
  ...document,
  webhooks: Object.fromEntries(JobEvent.literals.map((type) => [type, operationOf(type)]))
})
