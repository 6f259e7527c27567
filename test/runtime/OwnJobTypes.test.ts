import { expect } from "bun:test"
import { cpSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Option, Result } from "effect"
import { CurrentCaller, localCaller } from "../../src/domain/Caller.ts"
import { JobTypes } from "../../src/domain/JobType.ts"
import { joinJobTypes, loadOwnJobTypes } from "../../src/runtime/OwnJobTypes.ts"
import { it } from "../support/effect.ts"
import { scripted } from "../support/scripts.ts"
import { testDirectory } from "../support/testDirectory.ts"

const definition = `{ name: "greet", title: "Greet", description: "", lane: "default", input: Schema.Struct({}),
  result: Schema.Null, steps: [], example: {}, run: () => Effect.succeed(null) }`

const file = (body: string) => `
  import { Effect, Schema } from ${JSON.stringify(import.meta.resolve("effect"))}
  import { defineJobType } from ${JSON.stringify(import.meta.resolve("../../src/callboard.ts"))}
  ${body}`

const load = (body: string) =>
  Effect.gen(function* () {
    const path = join(yield* testDirectory, "callboard.config.ts")
    writeFileSync(path, file(body))
    return { path, loaded: yield* Effect.result(loadOwnJobTypes(path)) }
  })

const unreadable: ReadonlyArray<readonly [string, string, RegExp]> = [
  ["a syntax error", "const x = 1\nexport default [", /callboard\.config\.ts:5:\d+: /u],
  ["an import of what is not there", 'import "./missing.ts"', /missing\.ts.* from .*callboard\.config\.ts/u],
  ["an error of its own", 'const load = () => { throw new Error("no key") }\nload()', /config\.ts:4:\d+: no key/u],
  ["no default export", "export const types = []", /it has no default export; it must be a list/u],
  ["no list", "export default 7", /its default export is a number; it must be a list/u]
]

for (const [what, body, message] of unreadable) {
  it.live(`refuses a file with ${what}, and says where`, () =>
    Effect.gen(function* () {
      const { loaded, path } = yield* load(body)

      const error = Result.getOrThrow(Result.flip(loaded))
      expect(error.message).toContain(path)
      expect(error.message).toMatch(message)
    })
  )
}

const faults: ReadonlyArray<readonly [string, string, RegExp]> = [
  ["a wrong lane", `defineJobType({ ...${definition}, lane: "gpu" })`, /its lane must be one of: browser, default/u],
  ["no steps", `defineJobType({ ...${definition}, steps: undefined })`, /its steps must be a list/u],
  ["a step that is a text", `defineJobType({ ...${definition}, steps: ["say"] })`, /its steps must be a list of/u],
  ["a step without a title", `defineJobType({ ...${definition}, steps: [{ name: "say" }] })`, /each a text/u],
  ["no title", `defineJobType({ ...${definition}, title: undefined })`, /its title and its description must/u],
  ["no description", `defineJobType({ ...${definition}, description: 7 })`, /its title and its description must/u],
  [
    "no input",
    `defineJobType({ ...${definition}, input: undefined })`,
    /its input and its result must each be a schema/u
  ],
  ["negative retries", `defineJobType({ ...${definition}, retry: { maxRetries: -1 } })`, /maxRetries must be a whole/u],
  ["an endless time", `defineJobType({ ...${definition}, timeout: "100 days" })`, /at most 24 hours/u],
  ["a time that is none", `defineJobType({ ...${definition}, timeout: "soon" })`, /its timeout must be a time/u],
  [
    "our own lane",
    `defineJobType({ ...${definition}, lane: "system" })`,
    /\.ts:\d+:\d+: the lane system is Callboard's own/u
  ],
  ["a bare definition", definition, /entry 2 of the list is a definition that was not given to defineJobType/u],
  ["a text", '"greet"', /entry 2 of the list is a string, and no job type/u]
]

for (const [what, entry, message] of faults) {
  it.live(`keeps the other job types of a file when one has ${what}, and says what is wrong with it`, () =>
    Effect.gen(function* () {
      const good = `defineJobType({ ...${definition}, name: "good" })`
      const { loaded } = yield* load(`export default [${good},\n${entry}]`)

      const types = JobTypes.from(Result.getOrThrow(loaded))
      expect(types.all.map(({ name }) => name)).toEqual(["good"])
      expect(types.unavailable.map(({ fault }) => fault?.message)).toEqual([expect.stringMatching(message)])
      expect(types.unavailable[0]!.fault!.message).toMatch(/callboard\.config\.ts/u)
    })
  )
}

it.live("refuses a job type whose schemas another copy of effect made, before it refuses inputs that are right", () =>
  Effect.gen(function* () {
    const copy = join(yield* testDirectory, "node_modules/effect")
    // What it imports itself is found where the first copy is.
    cpSync(dirname(dirname(fileURLToPath(import.meta.resolve("effect")))), copy, {
      recursive: true,
      filter: (path) => statSync(path).isDirectory() || path.endsWith(".js") || path.endsWith("package.json")
    })
    const { loaded, path } = yield* load(`
      import * as Other from ${JSON.stringify(join(copy, "dist/Schema.js"))}
      const input = Other.Struct({ n: Other.Int })
      export default [defineJobType({ ...${definition}, input }), defineJobType({ ...${definition}, result: Other.Null })]`)

    for (const { fault } of Result.getOrThrow(loaded)) {
      expect(fault?.message).toStartWith(`${path}:`)
      expect(fault?.message).toContain("another copy of effect")
    }
    expect(Result.getOrThrow(loaded)).toHaveLength(2)
  })
)

it.live("refuses a job type that another copy of callboard made, and keeps one of which a part was replaced", () =>
  Effect.gen(function* () {
    const copy = yield* testDirectory
    const source = fileURLToPath(new URL("../../src", import.meta.url))
    cpSync(source, join(copy, "src"), { recursive: true })
    symlinkSync(join(dirname(source), "node_modules"), join(copy, "node_modules"))
    const { loaded, path } = yield* load(`
      import * as other from ${JSON.stringify(join(copy, "src/callboard.ts"))}
      export default [{ ...defineJobType(${definition}), title: "Hello" }, other.defineJobType({ ...${definition}, name: "foreign" })]`)

    const [ours, foreign] = Result.getOrThrow(loaded)
    expect(ours!.fault).toBeUndefined()
    expect(foreign!.fault?.message).toStartWith(`${path}: it is made with another copy of callboard`)
  })
)

it.live("says the line of a wrong definition", () =>
  Effect.gen(function* () {
    const { loaded, path } = yield* load(
      `const bad = defineJobType({ ...${definition}, name: "Bad" })\nexport default [bad]`
    )

    const [bad] = Result.getOrThrow(loaded)
    expect(bad!.fault!.message).toStartWith(`${path}:4:`)
    expect(bad!.fault!.message).toContain("a name is up to 64 lower-case letters")
  })
)

it.live("names the author's line where a package that the file uses throws", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const path = join(directory, "callboard.config.ts")
    mkdirSync(join(directory, "node_modules/menus"), { recursive: true })
    writeFileSync(
      join(directory, "node_modules/menus/index.js"),
      'export const read = () => { throw new Error("no menu") }'
    )
    writeFileSync(path, 'import { read } from "menus"\n\nread()\nexport default []')

    const error = yield* Effect.flip(loadOwnJobTypes(path))

    expect(error.message).toMatch(/used: \S*callboard\.config\.ts:3:\d+: no menu/u)
  })
)

it.live("finds nothing wrong with a default file that is not there, but with a named one", () =>
  Effect.gen(function* () {
    const path = join(yield* testDirectory, "missing.ts")

    expect(yield* loadOwnJobTypes(undefined)).toEqual([])
    expect((yield* Effect.flip(loadOwnJobTypes(path))).message).toContain("there is no such file")
  })
)

it.live("takes a folder with an index.ts, and says what is missing in one without", () =>
  Effect.gen(function* () {
    const [empty, full] = [yield* testDirectory, yield* testDirectory]
    writeFileSync(join(full, "index.ts"), "export default []")

    expect(yield* loadOwnJobTypes(full)).toEqual([])
    expect((yield* Effect.flip(loadOwnJobTypes(empty))).message).toBe(
      `The job types in ${empty} cannot be used: it is a folder without an index.ts. CALLBOARD_CONFIG names a file.`
    )
  })
)

it.effect("runs neither of two job types with one name, and never one with the name of ours", () =>
  Effect.gen(function* () {
    const [ours, double, good] = ["ours", "double", "good"].map((name) => scripted(name, () => Effect.succeed(null)))

    const types = yield* joinJobTypes([ours!], [double!, ours!, good!, double!])

    expect(types.all).toEqual([ours!, good!])
    expect(types.unavailable.map(({ fault }) => fault?.message)).toEqual([
      "there are 2 job types of this name.",
      "Callboard has a job type of this name."
    ])
    expect(yield* Effect.flip(types.named("double"))).toMatchObject({
      known: ["ours", "good"],
      reason: "there are 2 job types of this name."
    })
  })
)

it.effect("runs no job type of a team in the lane of Callboard's own, and offers nobody ours", () =>
  Effect.gen(function* () {
    const [sends, theirs] = ["sends", "theirs"].map((name) => ({
      ...scripted(name, () => Effect.succeed(null)),
      lane: "system" as const
    }))

    const types = yield* joinJobTypes([sends!], [theirs!])

    expect(types.all).toEqual([])
    expect(types.own).toEqual([sends!])
    expect(types.unavailable.map(({ fault, name }) => [name, fault?.message])).toEqual([
      ["theirs", "the lane system is Callboard's own."]
    ])
    expect((yield* types.named("sends")).name).toBe("sends")
    const asked = types.named("sends").pipe(Effect.provideService(CurrentCaller, Option.some(localCaller)))
    expect((yield* Effect.flip(asked)).known).toEqual([])
  })
)
