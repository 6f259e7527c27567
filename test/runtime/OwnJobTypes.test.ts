import { expect } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { loadOwnJobTypes, withoutDoubles } from "../../src/runtime/OwnJobTypes.ts"
import { it } from "../support/effect.ts"
import { idle } from "../support/scripts.ts"
import { testDirectory } from "../support/testDirectory.ts"

const definition = `{ name: "greet", title: "Greet", description: "", lane: "default", input: Schema.Struct({}),
  result: Schema.Null, steps: [], example: {}, run: () => Effect.succeed(null) }`

const file = (body: string) => `
  import { Effect, Schema } from ${JSON.stringify(import.meta.resolve("effect"))}
  import { defineJobType } from ${JSON.stringify(import.meta.resolve("../../src/callboard.ts"))}
  ${body}`

const mistakes: ReadonlyArray<readonly [string, string, RegExp]> = [
  ["a syntax error", "export default [", /line \d+: /u],
  ["no list", "export default 7", /its default export must be a list/u],
  [
    "a wrong lane",
    `export default [defineJobType({ ...${definition}, lane: "gpu" })]`,
    /its lane must be one of: browser, default/u
  ],
  ["no steps", `export default [defineJobType({ ...${definition}, steps: undefined })]`, /its steps must be a list/u],
  [
    "negative retries",
    `export default [defineJobType({ ...${definition}, retry: { maxRetries: -1 } })]`,
    /maxRetries must be a whole number/u
  ],
  ["an endless time", `export default [defineJobType({ ...${definition}, timeout: "100 days" })]`, /at most 24 hours/u]
]

for (const [what, body, message] of mistakes) {
  it.live(`says in a sentence what is wrong with a file that has ${what}`, () =>
    Effect.gen(function* () {
      const path = join(yield* testDirectory, "callboard.config.ts")
      writeFileSync(path, file(body))

      const error = yield* Effect.flip(loadOwnJobTypes(path))

      expect(error.message).toContain(path)
      expect(error.message).toMatch(message)
    })
  )
}

it.live("finds nothing wrong with a default file that is not there, but with a named one", () =>
  Effect.gen(function* () {
    const path = join(yield* testDirectory, "missing.ts")

    expect(yield* loadOwnJobTypes(undefined)).toEqual([])
    expect((yield* Effect.flip(loadOwnJobTypes(path))).message).toContain("there is no such file")
    expect((yield* Effect.flip(withoutDoubles([idle, idle]))).message).toContain('two job types named "idle"')
  })
)
