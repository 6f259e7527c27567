/** What any call may be answered, in the OpenAPI document: by the limits, the guards and faults around the API itself. */
import { problemCodes } from "./problems.ts"

type Json = Record<string, unknown>

const GENERAL = [
  "HOST_NOT_ALLOWED",
  "CROSS_SITE_REQUEST",
  "METHOD_NOT_ALLOWED",
  "URI_TOO_LONG",
  "RATE_LIMITED",
  "INTERNAL",
  "SERVER_BUSY",
  "STARTING",
  "IDENTITY_UNAVAILABLE"
] as const satisfies ReadonlyArray<keyof typeof problemCodes>

const problem = {
  type: "object",
  required: ["type", "title", "status", "code"],
  properties: {
    type: { type: "string", format: "uri-reference" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string", enum: GENERAL }
  }
}

const shown = "RATE_LIMITED"

const answer = {
  description: "Any call may be refused or fail in these ways too.",
  headers: {
    "Retry-After": { description: "Of 429 and 503: seconds until it may work.", schema: { type: "integer" } }
  },
  content: {
    "application/problem+json": {
      schema: { $ref: "#/components/schemas/GeneralProblem" },
      example: { type: `/api/docs#${shown}`, ...problemCodes[shown], code: shown }
    }
  }
}

const answering = (operation: unknown): unknown => {
  const { responses, ...rest } = operation as Json & { readonly responses?: Json }
  return responses === undefined ? operation : { ...rest, responses: { ...responses, default: answer } }
}

const eachOf = (value: Json, change: (inner: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner)]))

export const withGeneralProblems = (document: Json): Json => {
  const components = document.components as { readonly schemas: Json }
  return {
    ...document,
    paths: eachOf(document.paths as Json, (methods) => eachOf(methods as Json, answering)),
    components: { ...components, schemas: { ...components.schemas, GeneralProblem: problem } }
  }
}
