import { expect } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { Effect, Fiber, Schema } from "effect"
import { defineCommandJobType } from "../../src/domain/CommandJobType.ts"
import type { CommandOutput } from "../../src/domain/CommandOutput.ts"
import { makeTestJob } from "../../src/testing/TestJob.ts"
import { eventually } from "../support/CallboardProcess.ts"
import { defined, run, says } from "../support/commandJobs.ts"
import { it } from "../support/effect.ts"
import { testDirectory } from "../support/testDirectory.ts"

const places: ReadonlyArray<readonly [NonNullable<CommandOutput["result"]>, string, unknown]> = [
  ["last-line", "echo first; echo '{\"n\": 1}'; echo", { n: 1 }],
  ["json", "printf '[1,\\n2]\\n'", [1, 2]],
  ["text", "printf 'a\\n\\nb'", "a\n\nb"],
  ["none", "echo anything", null]
]

for (const [place, script, value] of places) {
  it.live(`finds the result: ${place}`, () =>
    Effect.gen(function* () {
      const { log, result } = yield* run(says(script, { output: { result: place } }))

      expect(result).toMatchObject({ success: value })
      expect(log.join()).not.toContain("1")
    })
  )
}

it.live("says what is wrong with a result, and repeats nothing of it", () =>
  Effect.gen(function* () {
    const type = defineCommandJobType({
      name: "strict",
      title: "Strict",
      description: "",
      input: Schema.Struct({}),
      result: Schema.Struct({ dishes: Schema.Int }),
      example: {},
      command: { program: "echo", arguments: ['{"dishes": "s3cret"}'] }
    })

    const wrong = yield* Effect.flip(makeTestJob(type).attempt)
    const none = yield* run(says("echo no json"))

    expect(wrong.code).toBe("SCRIPT_DEFECT")
    expect(wrong.message).toContain("dishes: ")
    expect(wrong.message).not.toContain("s3cret")
    expect(none.result).toMatchObject({
      failure: { code: "SCRIPT_DEFECT", message: "The command ended well, but gave no result." }
    })
  })
)

it.live("logs what a failed command said, unless it looks like a result", () =>
  Effect.gen(function* () {
    const logOf = (script: string, result: CommandOutput["result"]) =>
      Effect.map(run(says(script, { output: { result: result! } })), ({ log }) => log)

    for (const place of ["last-line", "json", "text"] as const) {
      expect(yield* logOf("echo first; echo no luck; exit 1", place)).toEqual(
        expect.arrayContaining(["first", "no luck"])
      )
      expect((yield* logOf(`echo '{"token": "s3cret"}'; exit 1`, place)).join()).not.toContain("s3cret")
    }
  })
)

it.live("logs a last line that is no result", () =>
  Effect.gen(function* () {
    const { log } = yield* run(says("echo first; echo no json"))
    const whole = yield* run(says("echo first; echo no json", { output: { result: "json" } }))
    const secret = yield* run(says(`echo '{"token": "s3cret"'; echo; echo '}, x'`, { output: { result: "text" } }))

    expect(log).toEqual(["first", "no json"])
    expect(whole.log).toEqual(["first", "no json"])
    expect(secret.log).toEqual([])
  })
)

it.live("logs what follows a line that said the result", () =>
  Effect.gen(function* () {
    const { log, result } = yield* run(says(`echo '{"result": 1}'; echo bye`, { output: { jsonLines: true } }))

    expect(result).toMatchObject({ success: 1 })
    expect(log).toEqual(["bye"])
  })
)

it.live("logs what a command said before it ran out of time, but not the beginning of a result", () =>
  Effect.gen(function* () {
    const logOf = (script: string, result: CommandOutput["result"]) =>
      Effect.gen(function* () {
        const file = join(yield* testDirectory, "said")
        const job = makeTestJob(defined(says(`${script}; echo > ${file}; sleep 600`, { output: { result: result! } })))
        const attempt = yield* Effect.forkChild(job.attempt)
        yield* eventually(Effect.sync(() => (existsSync(file) ? true : undefined)))
        yield* Fiber.interrupt(attempt)
        return job.log
      })

    expect(yield* logOf("echo first; echo stuck here", "last-line")).toEqual(["first", "stuck here"])
    expect(yield* logOf("echo first; echo stuck here", "text")).toEqual(["first", "stuck here"])
    expect(yield* logOf(`echo '{"token":'; echo '"s3cret",'`, "json")).toEqual([])
  })
)

it.live("keeps the reason that a program gives without a code of ours, under the code that is found elsewhere", () =>
  Effect.gen(function* () {
    const fails = (error: unknown, rest: Parameters<typeof says>[1] = {}) =>
      Effect.map(
        run(says(`echo '${JSON.stringify({ error })}'; exit 1`, { output: { jsonLines: true }, ...rest })),
        ({ result }) => result
      )
    const refused = { code: "CARD_REFUSED", message: "the card was refused", hint: "Ask for another card." }

    expect(yield* fails(refused)).toMatchObject({
      failure: { code: "SCRIPT_DEFECT", message: "CARD_REFUSED: the card was refused", hint: "Ask for another card." }
    })
    expect(yield* fails({ message: "no table" })).toMatchObject({
      failure: { code: "SCRIPT_DEFECT", message: "no table" }
    })
    expect(yield* fails(refused, { failures: { exits: { 1: { code: "RATE_LIMITED" } } } })).toMatchObject({
      failure: { code: "RATE_LIMITED", message: "CARD_REFUSED: the card was refused" }
    })
  })
)

it.live("sends nobody to the log for last words that are not in it", () =>
  Effect.gen(function* () {
    const hintOf = (script: string) =>
      Effect.map(run(says(script)), ({ result }) => (result as { failure?: { hint?: string } }).failure?.hint)

    expect(yield* hintOf("echo no table; exit 1")).toBe("The log of the job has what the command said.")
    expect(yield* hintOf(`echo '{"why":"no table"}'; exit 1`)).toContain("so it is not in the log")
  })
)
