/** A command job type of many fields, and one job of it. */
import { Effect, Schema } from "effect"
import type { CommandFailures } from "../../src/domain/CommandFailure.ts"
import type { CommandMapping } from "../../src/domain/CommandInput.ts"
import { defineCommandJobType } from "../../src/domain/CommandJobType.ts"
import type { CommandOutput } from "../../src/domain/CommandOutput.ts"
import { Secret } from "../../src/domain/Secret.ts"
import { makeTestJob } from "../../src/testing/TestJob.ts"

export const Input = Schema.Struct({
  name: Schema.String,
  pages: Schema.optionalKey(Schema.Int),
  tags: Schema.optionalKey(Schema.Array(Schema.String)),
  fast: Schema.optionalKey(Schema.Boolean),
  extra: Schema.optionalKey(Schema.Struct({ note: Schema.String })),
  login: Schema.optionalKey(Schema.Struct({ email: Schema.String, password: Secret }))
})

export interface Parts {
  readonly command: CommandMapping<string>
  readonly output?: CommandOutput
  readonly failures?: CommandFailures
}

export const defined = ({ command, ...rest }: Parts) =>
  defineCommandJobType({
    name: "command",
    title: "Command",
    description: "Runs a command.",
    input: Input,
    result: Schema.Json,
    steps: [
      { name: "read", title: "Read" },
      { name: "write", title: "Write" }
    ],
    example: { name: "Ada" },
    command: command as CommandMapping<"name">,
    ...rest
  })

export const run = (parts: Parts, input: typeof Input.Encoded = { name: "Ada" }) => {
  const job = makeTestJob(defined(parts), { input })
  return Effect.map(Effect.result(job.attempt), (result) => ({ result, ...job }))
}

/** A shell script that says what the test says. */
export const says = (script: string, rest: Omit<Parts, "command"> = {}) => ({
  command: { program: "sh", arguments: ["-c", script] },
  ...rest
})
