/** Small job types for tests of the runtime: their scripts do what the test says. */
import { Effect, Layer, Schema } from "effect"
import { defineJobType, type JobType, type JobTypeDefinition, JobTypes } from "../../src/domain/JobType.ts"
import { Secret } from "../../src/domain/Secret.ts"

export const ScriptInput = Schema.Struct({
  restaurantId: Schema.optionalKey(Schema.String),
  password: Schema.optionalKey(Secret),
  text: Schema.optionalKey(Schema.String)
})
export type ScriptInput = typeof ScriptInput.Type

type Definition<L extends "browser" | "default"> = JobTypeDefinition<
  L,
  ScriptInput,
  typeof ScriptInput.Encoded,
  Schema.Json,
  Schema.Json
>

const defaults = {
  title: "Scripted",
  description: "Does what the test says.",
  input: ScriptInput,
  result: Schema.Json,
  steps: [
    { name: "first", title: "First step" },
    { name: "second", title: "Second step" }
  ],
  example: {}
}

/** A job type in the default lane. */
export const scripted = (
  name: string,
  run: Definition<"default">["run"],
  rest: Partial<Definition<"default">> = {}
): JobType =>
  defineJobType<"default", ScriptInput, typeof ScriptInput.Encoded, Schema.Json, Schema.Json>({
    ...defaults,
    lane: "default",
    name,
    run,
    ...rest
  })

/** A job type in the browser lane. */
export const scriptedInBrowser = (
  name: string,
  run: Definition<"browser">["run"],
  rest: Partial<Definition<"browser">> = {}
): JobType =>
  defineJobType<"browser", ScriptInput, typeof ScriptInput.Encoded, Schema.Json, Schema.Json>({
    ...defaults,
    lane: "browser",
    name,
    run,
    ...rest
  })

export const idle = scripted("idle", () => Effect.succeed(null))

export const typesLayer = (...types: ReadonlyArray<JobType>) => Layer.sync(JobTypes, () => JobTypes.from(types))
