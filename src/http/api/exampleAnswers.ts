/** An example for each answer that has none of its own: made from its schema, with values that people recognise. */
import { Predicate } from "effect"

type Json = Record<string, unknown>

const TIME = "2026-11-22T06:30:00.000Z"
const TOMORROW = "2026-11-23T06:30:00.000Z"
const ID = "01912d68-783e-7a3a-8c1e-4f0f2f6b9a10"
const JOB_ID = "JOB_20261122_063000_1a2b3c4d"

/** By the name of the field. Fields that need not be there are left out, unless their name is here. */
const named: Json = {
  allow: ["GET", "HEAD", "POST"],
  attempt: 1,
  attempts: 1,
  contentType: "image/jpeg",
  cron: "30 6 * * mon-fri",
  delaysMs: [5_000, 10_000, 20_000],
  dependsOn: [],
  description: "Adds tags such as Vegan to dishes of a menu.",
  detail: "See errors for each wrong place.",
  endpoint: "POST /api/registration/add-item-tags",
  fingerprint: "add-item-tags/sign-in/INVALID_CREDENTIALS/1a2b3c4d",
  input: { restaurantId: "trattoria-roma", tags: [{ name: "Vegan", items: ["Marinara"] }] },
  jobType: "add-item-tags",
  labels: ["first-try"],
  latestMessage: "The portal refused the password.",
  maxRetries: 3,
  message: "18 of 40 photos",
  name: "tag-dishes",
  nextCursor: "MDE5MTJkNjgtNzgzZS03YTNhLThjMWUtNGYwZjJmNmI5YTEw",
  organisationId: "default",
  p50: 80_000,
  p95: 140_000,
  path: "input.tags[0].name",
  percent: 40,
  priority: 0,
  reference: ID,
  restaurantId: "trattoria-roma",
  sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  size: 48_213,
  step: "tag-dishes",
  stepName: "tag-dishes",
  timeoutMs: 600_000,
  timeZone: "Europe/Berlin",
  title: "Add tags to dishes",
  totalSteps: 3,
  worker: "worker-1",
  batchId: ID
}

/** Where the schema takes everything. */
const anything: Json = { data: { tagged: 12 }, example: named.input, instance: "/api/jobs" }

/** By what a text has to look like. */
const byPattern = [
  [/JOB_/u, JOB_ID],
  [/A-Za-z0-9\]\[A-Za-z0-9/u, "step-2.jpg"]
] as const

const textOf = ({ format, pattern }: Json, name: string): string => {
  if (format === "uuid") return ID
  if (format === "date-time") return name === "expiresAt" ? TOMORROW : TIME
  return byPattern.find(([looks]) => typeof pattern === "string" && looks.test(pattern))?.[1] ?? name
}

/** Deeper ones refer to themselves. */
const DEEPEST = 8

const fits = (value: unknown, { type }: Json) =>
  type === undefined ||
  (type === "integer" || type === "number" ? typeof value === "number" : false) ||
  (type === "array" ? Array.isArray(value) : false) ||
  type === typeof value

const makeExampleOf = (schemas: Json) => {
  const exampleOf = (schema: unknown, name: string, depth = 0): unknown => {
    if (!Predicate.isObject(schema) || depth > DEEPEST) return null
    if (typeof schema.$ref === "string") return exampleOf(schemas[schema.$ref.split("/").at(-1)!], name, depth + 1)
    if (Array.isArray(schema.enum)) return schema.enum[0]
    if ("const" in schema) return schema.const
    const choices = schema.anyOf ?? schema.oneOf
    if (Array.isArray(choices)) return exampleOf(choices[0], name, depth + 1)
    if (name in named && fits(named[name], schema)) return named[name]
    if (schema.type === "object") return objectOf(schema, depth)
    if (schema.type === "array") return schema.items === undefined ? [] : [exampleOf(schema.items, name, depth + 1)]
    if (schema.type === "string") return textOf(schema, name)
    if (schema.type === "integer" || schema.type === "number") return Math.max(1, Number(schema.minimum ?? 1))
    return schema.type === "boolean" ? true : (anything[name] ?? {})
  }

  const objectOf = ({ properties, required }: Json, depth: number) => {
    const needed = Array.isArray(required) ? required : []
    const shown = Object.entries(Predicate.isObject(properties) ? properties : {}).filter(
      ([name]) => needed.includes(name) || name in named
    )
    return Object.fromEntries(shown.map(([name, schema]) => [name, exampleOf(schema, name, depth + 1)]))
  }

  return (schema: unknown) => exampleOf(schema, "")
}

const isJson = (type: string) => /^application\/(?:.*\+)?json$/u.test(type)

/** Gives each JSON answer of the document its example. */
export const withExampleAnswers = (document: Json): Json => {
  const exampleOf = makeExampleOf((document.components as { readonly schemas: Json }).schemas)
  const mediaWith = ([type, media]: [string, unknown]) =>
    isJson(type) && Predicate.isObject(media) && !("example" in media)
      ? [type, { ...media, example: exampleOf(media.schema) }]
      : [type, media]
  const answerWith = ([status, answer]: [string, unknown]) =>
    Predicate.isObject(answer) && Predicate.isObject(answer.content)
      ? [status, { ...answer, content: Object.fromEntries(Object.entries(answer.content).map(mediaWith)) }]
      : [status, answer]
  const operationWith = ([method, operation]: [string, unknown]) =>
    Predicate.isObject(operation) && Predicate.isObject(operation.responses)
      ? [method, { ...operation, responses: Object.fromEntries(Object.entries(operation.responses).map(answerWith)) }]
      : [method, operation]
  const paths = Object.entries(document.paths as Record<string, Json>).map(([path, operations]) => [
    path,
    Object.fromEntries(Object.entries(operations).map(operationWith))
  ])
  return { ...document, paths: Object.fromEntries(paths) }
}
