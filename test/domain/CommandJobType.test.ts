import { expect, test } from "bun:test"
import { Duration, Effect, Schema } from "effect"
import type { CommandFailures } from "../../src/domain/CommandFailure.ts"
import { type CommandMapping, commandOf } from "../../src/domain/CommandInput.ts"
import { defineCommandJobType } from "../../src/domain/CommandJobType.ts"
import { makeLineReader } from "../../src/domain/CommandOutput.ts"
import { killAfterOf } from "../../src/domain/Commands.ts"
import { makeTestJob } from "../../src/testing/TestJob.ts"
import { defined, Input, type Parts, run, says } from "../support/commandJobs.ts"
import { it } from "../support/effect.ts"

it.live("maps values of the input to arguments", () =>
  Effect.gen(function* () {
    const command: CommandMapping<string> = {
      program: "sh",
      arguments: [
        "-c",
        'for each; do echo "<$each>"; done',
        "sh",
        { flag: "--name=", input: "name" },
        { flag: "--pages=", input: "pages" },
        { flag: "--fast", input: "fast" },
        { flag: "--tag", input: "tags" },
        { input: "tags" },
        { input: "extra" },
        { input: "extra.note" },
        "--",
        { input: "name" }
      ]
    }
    const whole = { name: "-Ada B", pages: -3, fast: true, tags: ["a", "b c"], extra: { note: "n" } }

    const all = yield* run({ command, output: { result: "text" } }, whole)
    const few = yield* run({ command, output: { result: "text" } }, { name: "Ada", fast: false })

    const shown = [..."--name=-Ada B|--pages=-3|--fast|--tag|a|--tag|b c|a|b c".split("|"), '{"note":"n"}', "n", "--"]
    expect(all.result).toMatchObject({ success: [...shown, "-Ada B"].map((each) => `<${each}>`).join("\n") })
    expect(few.result).toMatchObject({ success: "<--name=Ada>\n<-->\n<Ada>" })
  })
)

it.live("refuses a value that a command would take for an option", () =>
  Effect.gen(function* () {
    const input = { name: "--help", pages: -1, tags: ["a", "-b"] }
    const places = [
      { input: "name" },
      { flag: "--name", input: "name" },
      { input: "pages" },
      { flag: "--pages", input: "pages" },
      { flag: "--tag", input: "tags" }
    ]

    const refusals = yield* Effect.forEach(places, (place) =>
      Effect.map(run({ command: { program: "echo", arguments: [place] } }, input), ({ result }) => result)
    )

    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ failure: { code: "VALIDATION_ERROR", retryable: false } })
    }
  })
)

it.live("gives secrets by environment and standard input, and tells them to nobody", () =>
  Effect.gen(function* () {
    const input = { name: "Ada", login: { email: "a@example.com", password: "pass-word-1" } }
    const byStdin = { program: "cat", stdin: "json" } as const
    const byVariable = {
      program: "sh",
      arguments: ["-c", 'cat; echo "$EMAIL $WORD" >&2; echo "no $WORD" >&2; exit 4'],
      environment: { EMAIL: { input: "login.email" }, WORD: { input: "login.password" } },
      stdin: { input: "login.password" }
    }

    const first = yield* run({ command: byStdin, output: { result: "json" } }, input)
    const second = yield* run(
      { command: byVariable, failures: { errors: [{ pattern: /no (?<message>.+)/u, code: "INVALID_CREDENTIALS" }] } },
      input
    )

    expect(first.result).toMatchObject({ success: input })
    expect(first.log).toEqual([])
    expect(second.result).toMatchObject({ failure: { code: "INVALID_CREDENTIALS" } })
    expect(second.log).toEqual(["a@example.com ••••", "no ••••", "••••"])
  })
)

it.live("tells the program which attempt it is", () =>
  Effect.gen(function* () {
    const job = makeTestJob(defined(says('echo "$CALLBOARD_ATTEMPT"')))

    expect([yield* job.attempt, yield* job.attempt]).toEqual([1, 2])
  })
)

it.live("reads steps, progress and the result from the lines of a program", () =>
  Effect.gen(function* () {
    const lines = [
      /^== (?<step>\w+)/u,
      /^(?<done>\d+)\/(?<of>\d+) ?(?<message>.*)/u,
      /^(?<percent>\d+)%/u,
      /^RESULT (?<result>.*)/u
    ]
    const script =
      "echo hello; echo 1/4 dishes; echo 50%; echo == write; echo == read; echo == nowhere; echo 'RESULT [1]'; echo bye"

    const { log, result, steps } = yield* run(says(script, { output: { lines, result: "lines" } }))

    expect(result).toMatchObject({ success: [1] })
    expect(steps).toMatchObject({ started: ["read", "write"], progress: ["dishes", "50 %"] })
    expect(log).toEqual(["hello", "1/4 dishes", "50%", "== write", "== read", "== nowhere", "bye"])
  })
)

test.each([
  ["12,010 of 40,000", { done: 12_010, of: 40_000 }],
  ["9 of 1.234.567", { done: 9, of: 1_234_567 }],
  ["1.5 of 3", { done: 1.5, of: 3 }],
  ["some of many", undefined]
])("reads the numbers of %p", (line, within) => {
  const read = makeLineReader({ lines: [/^(?<done>\S+) of (?<of>\S+)$/u] })

  expect(read(line).within).toEqual(within)
})

it.live("reads lines that are JSON", () =>
  Effect.gen(function* () {
    const said = [{ step: "write", message: "Writing", done: 1, of: 2 }, { result: { dishes: 2 } }, { other: 1 }]
    const script = said.map((line) => `echo '${JSON.stringify(line)}'`).join("; ")

    const { log, result, steps } = yield* run(says(script, { output: { jsonLines: true, result: "lines" } }))

    expect(result).toMatchObject({ success: { dishes: 2 } })
    expect(steps).toMatchObject({ started: ["read", "write"], progress: ["Writing"] })
    expect(log).toHaveLength(2)
  })
)

it.live("maps exit codes, signals and lines to error codes", () =>
  Effect.gen(function* () {
    const failures: CommandFailures = {
      exits: { 3: "completed", 5: { code: "RATE_LIMITED", message: "Too fast." } },
      errors: [{ pattern: /login (?<message>refused.*)/u, code: "INVALID_CREDENTIALS" }]
    }
    const outcome = (script: string) =>
      Effect.map(run(says(script, { failures, output: { jsonLines: true } })), ({ result }) =>
        result._tag === "Success" ? "completed" : `${result.failure.code} ${result.failure.message}`
      )

    expect(yield* outcome("echo 1; exit 3")).toBe("completed")
    expect(yield* outcome("exit 5")).toBe("RATE_LIMITED Too fast.")
    expect(yield* outcome("exit 6")).toBe("SCRIPT_DEFECT The command ended with exit code 6.")
    expect(yield* outcome("echo login refused here >&2; exit 1")).toBe("INVALID_CREDENTIALS refused here")
    expect(yield* outcome("echo login refused >&2; echo 1")).toBe("completed")
    const json = JSON.stringify({ error: { code: "NOT_FOUND", message: "No such dish." } })
    expect(yield* outcome(`echo '${json}'; exit 1`)).toBe("NOT_FOUND No such dish.")
    expect(yield* outcome("kill -9 $$")).toMatch(/^SERVICE_UNAVAILABLE .*SIGKILL/u)
    expect(yield* outcome("kill -ABRT $$")).toMatch(/^SCRIPT_DEFECT .*SIGABRT/u)
  })
)

it.effect("knows the fields of the input while a description is typed", () =>
  Effect.sync(() => {
    const parts = {
      name: "typed",
      title: "Typed",
      description: "",
      input: Input,
      result: Schema.Null,
      example: { name: "" }
    }

    const right = defineCommandJobType({ ...parts, command: { program: "echo", arguments: [{ input: "extra.note" }] } })
    // @ts-expect-error: there is no such field
    const wrong = defineCommandJobType({ ...parts, command: { program: "echo", arguments: [{ input: "extra.nota" }] } })

    expect([right.fault, wrong.fault?.message]).toEqual([undefined, expect.stringContaining("extra.nota")])
  })
)

it.effect("leaves a program so little time that a cancelled job ends within a second", () =>
  Effect.sync(() => {
    expect(killAfterOf({})).toEqual(Duration.millis(500))
    expect(killAfterOf({ killAfter: "1 minute" })).toEqual(Duration.seconds(3))
    expect(commandOf({ program: "node", killAfter: "3 seconds" }, {}, 1)).toHaveProperty("killAfter", "3 seconds")
  })
)

it.effect("refuses a wrong description, with a sentence for its author", () =>
  Effect.sync(() => {
    const faultOf = (parts: unknown) => defined(parts as Parts).fault?.message ?? "none"
    const program = "node"

    expect(faultOf({ command: { program, arguments: [{ input: "name" }] } })).toBe("none")
    expect(faultOf({})).toMatch(/it has no command/u)
    expect(faultOf({ command: { program: "" } })).toMatch(/command\.program must name a program/u)
    for (const input of ["login.password", "login"]) {
      expect(faultOf({ command: { program, arguments: [{ input }] } })).toMatch(/name the secret "login/u)
    }
    expect(faultOf({ command: { program, arguments: [{ input: "nome" }] } })).toMatch(/"nome", which is no field/u)
    expect(faultOf({ command: { program, stdin: { input: "nome" } } })).toMatch(/"nome", which is no field/u)
    expect(faultOf({ command: { program, environment: { "A-B": "1" } } })).toMatch(/"A-B" is no name/u)
    for (const name of ["DATABASE_URL", "CALLBOARD_SECRET_KEY"]) {
      expect(faultOf({ command: { program, inherit: [name] } })).toMatch(/may not have Callboard's own variable/u)
    }
    expect(faultOf({ command: { program, killAfter: "1 minute" } })).toMatch(/killAfter must be at most 3 seconds/u)
    expect(faultOf({ command: { program }, output: { result: "first" } })).toMatch(/output\.result must be one of/u)
    expect(faultOf({ command: { program }, failures: { exits: { 1: { code: "OOPS" } } } })).toMatch(
      /"OOPS" is no error/u
    )
    for (const [name, value] of [
      ["arguments", ["-c", 5]],
      ["arguments", "-c"],
      ["environment", { N: 5 }],
      ["inherit", "PATH"],
      ["stdin", "text"],
      ["directory", 5],
      ["killAfter", "-1 seconds"],
      ["killAfter", "soon"]
    ] as const) {
      expect(faultOf({ command: { program, [name]: value } })).toStartWith(`its command.${name} must `)
    }
    expect(faultOf({ command: { program }, output: "json" })).toMatch(/output must be an object/u)
    expect(faultOf({ command: { program }, failures: { exits: { 3: "Completed" } } })).toMatch(/each exit code "compl/u)
  })
)
