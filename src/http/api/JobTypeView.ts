/** A job type as `GET /api/jobs/types` describes it. */
import { Cause, Duration, Effect, Option, Schema } from "effect"
import { delayBeforeRetry } from "../../domain/Backoff.ts"
import { RetryableError } from "../../domain/JobError.ts"
import { type JobType, unusableJobType } from "../../domain/JobType.ts"
import { Lane } from "../../domain/Lane.ts"
import { Pause } from "../../domain/Lanes.ts"
import type { JsonSchemaDocument } from "../../domain/Secret.ts"

const JsonSchema = Schema.Record(Schema.String, Schema.Json)

export const JobTypeView = Schema.Struct({
  name: Schema.String,
  jobType: Schema.String.annotateKey({ description: "The same as name: what POST /api/jobs takes." }),
  title: Schema.String,
  description: Schema.String,
  lane: Lane,
  steps: Schema.Array(Schema.Struct({ name: Schema.String, title: Schema.String })),
  timeoutMs: Schema.Int.annotateKey({ description: "Longest time of one attempt." }),
  retry: Schema.Struct({
    maxRetries: Schema.Int,
    delaysMs: Schema.Array(Schema.Int).annotateKey({ description: "Waits before the first retries, at most ten." })
  }),
  inputSchema: JsonSchema.annotateKey({ description: "JSON Schema (draft 2020-12) of the input." }),
  resultSchema: JsonSchema.annotateKey({ description: "JSON Schema (draft 2020-12) of the result." }),
  example: Schema.Json.annotateKey({ description: "An input that works." }),
  available: Schema.Boolean.annotateKey({ description: "Whether this server can run it." }),
  unavailableReason: Schema.optionalKey(Schema.String).annotateKey({
    description:
      "What is wrong with its definition, or what it needs that is not set up. Its schemas and steps may be empty."
  }),
  paused: Schema.optionalKey(Pause).annotateKey({ description: "No job of this type is started until it is resumed." })
}).annotate({ identifier: "JobType" })
export type JobTypeView = typeof JobTypeView.Type

const SHOWN_DELAYS = 10

const anyFailure = new RetryableError({ code: "TIMEOUT", message: "" })

/** The schedule is stepped, not slept. It may end before `maxRetries`, and jitter is that of one example job. */
const delaysMs = Effect.fnUntraced(function* ({ name, retry }: JobType) {
  const delays: Array<number> = []
  for (let number = 1; number <= Math.min(retry.maxRetries, SHOWN_DELAYS); number++) {
    const delay = yield* delayBeforeRetry(retry, number, anyFailure, name)
    if (Option.isNone(delay)) break
    delays.push(Math.round(Duration.toMillis(delay.value)))
  }
  return delays
})

/** One schema that stands on its own: its references point into `$defs`. */
const selfContained = ({ definitions, schema }: JsonSchemaDocument) => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  ...schema,
  ...(Object.keys(definitions).length > 0 && { $defs: definitions })
})

const asJson = Schema.decodeUnknownEffect(Schema.fromJsonString(JsonSchema))
const asExample = Schema.decodeUnknownEffect(Schema.Json)

const viewOf = Effect.fnUntraced(function* (type: JobType, paused: Pause | undefined) {
  return {
    name: type.name,
    jobType: type.name,
    title: type.title,
    description: type.description,
    lane: type.lane,
    steps: type.steps.map(({ name, title }) => ({ name, title })),
    timeoutMs: Math.round(Duration.toMillis(type.timeout)),
    retry: { maxRetries: type.retry.maxRetries, delaysMs: yield* delaysMs(type) },
    inputSchema: yield* asJson(JSON.stringify(selfContained(type.inputSchema))),
    resultSchema: yield* asJson(JSON.stringify(selfContained(type.resultSchema))),
    example: yield* asExample(type.example()),
    available: type.fault === undefined,
    ...(type.fault && { unavailableReason: type.fault.message }),
    ...(paused && { paused })
  }
})

/** One type that cannot be shown takes no other one along: its example and its schemas run code of its author. */
export const toJobTypeView = (type: JobType, paused: Pause | undefined) =>
  Effect.catchCause(viewOf(type, paused), (cause) => {
    const { message } = Cause.prettyErrors(cause)[0] ?? { message: "nobody knows why" }
    const fault = new Error(`its example or a schema of it cannot be shown: ${message}`)
    return Effect.orDie(viewOf(unusableJobType(type, fault), paused))
  })
