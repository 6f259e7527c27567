import { expect } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { spawnCallboard, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

const HEAD = `import { Effect, Schema } from ${JSON.stringify(import.meta.resolve("effect"))}
import { defineJobType } from ${JSON.stringify(import.meta.resolve("../../src/callboard.ts"))}
const parts = { title: "T", description: "", lane: "default", input: Schema.Struct({}), result: Schema.Null, steps: [],
  example: {}, run: () => Effect.succeed(null) }
`

const configured = (body: string) =>
  Effect.map(temporaryDirectory, (directory) => {
    const path = join(directory, "callboard.config.ts")
    writeFileSync(path, HEAD + body)
    return { path, options: { dataDirectory: join(directory, "data"), env: { CALLBOARD_CONFIG: path } } }
  })

it.live("does not start with a file that has a syntax error, and says where it is", () =>
  Effect.gen(function* () {
    const { options, path } = yield* configured("export default [\n  defineJobType({ ...parts name: 'greet' })\n]")

    const { ended, output } = yield* spawnCallboard(options)

    expect(yield* Effect.promise(() => ended)).toBe(1)
    expect(output()).toContain(`Callboard cannot start. The job types in ${path} cannot be used: ${path}:6:`)
  })
)

it.live("starts without the one wrong job type of a file, and says why", () =>
  Effect.gen(function* () {
    const bad = "defineJobType({ ...parts, name: 'bad', lane: 'gpu' })"
    const { options, path } = yield* configured(
      `export default [\n  defineJobType({ ...parts, name: 'good' }),\n  ${bad}\n]`
    )
    const callboard = yield* startCallboard(options)
    const reason = `${path}:7:3: its lane must be one of: browser, default, quick.`

    const { id } = yield* callboard.create("good", {})
    const types = yield* callboard.json<{ data: ReadonlyArray<{ name: string }> }>("/api/jobs/types")
    const refused = yield* callboard.post("/api/jobs", { jobType: "bad", input: {} })

    expect(yield* callboard.jobEnded(id)).toMatchObject({ status: "completed" })
    expect(types.body.data.find(({ name }) => name === "bad")).toMatchObject({
      available: false,
      unavailableReason: reason
    })
    expect(refused.body).toMatchObject({ status: 422, detail: `The job type "bad" is not available: ${reason}` })
    const said = callboard
      .output()
      .split("\n")
      .find((line) => line.includes("A job type is not available"))
    expect(JSON.parse(said ?? "null")).toMatchObject({ message: "A job type is not available", jobType: "bad", reason })
  })
)
