/** What a server would refuse, or do otherwise, is no success in the test of a job type. */
import { expect } from "bun:test"
import { Effect, Schema } from "effect"
import { BrowserSession } from "../../src/domain/BrowserSession.ts"
import { FatalError, RetryableError } from "../../src/domain/JobError.ts"
import { defineJobType, type ScriptServices } from "../../src/domain/JobType.ts"
import { Operator, type Prompt } from "../../src/domain/Operator.ts"
import { Secret } from "../../src/domain/Secret.ts"
import { Steps } from "../../src/domain/Steps.ts"
import { makeFakePage } from "../../src/testing/FakePage.ts"
import { makeTestJob, type TestJobOptions } from "../../src/testing/TestJob.ts"
import { it } from "../support/effect.ts"

const PASSWORD = "hunter2-secret"

const jobOf = (run: Effect.Effect<unknown, unknown, ScriptServices>, options: TestJobOptions = {}) =>
  makeTestJob(
    defineJobType({
      name: "trying",
      title: "Trying",
      description: "Tries.",
      lane: "default",
      input: Schema.Struct({ password: Secret }),
      result: Schema.Json,
      steps: [{ name: "work", title: "Work" }],
      retry: { maxRetries: 0 },
      example: { password: PASSWORD },
      // Of a type that is written without its types.
      run: () => run as Effect.Effect<Schema.Json, unknown, Steps | Operator>
    }),
    options
  )

const asking = (prompt: Prompt) => Effect.flatMap(Operator, (operator) => Effect.asVoid(operator.prompt(prompt)))

const questions: ReadonlyArray<readonly [what: string, prompt: Prompt, needs: string]> = [
  [
    "sixty choices",
    { kind: "choice", label: "Which?", choices: Array.from({ length: 60 }, (_, at) => `${at}`) },
    "choices"
  ],
  ["a choice twice", { kind: "choice", label: "Which?", choices: ["0", "0"] }, "different choices"],
  ["a choice that is a secret", { kind: "choice", label: "Which?", choices: ["0", PASSWORD] }, "no secret"],
  ["a long label", { kind: "text", label: "x".repeat(300) }, "a label"],
  ["two days to answer", { kind: "text", label: "Name", timeout: "2 days" }, "a timeout"]
]
for (const [what, prompt, needs] of questions) {
  it.effect(`refuses a question with ${what}`, () =>
    Effect.gen(function* () {
      const job = jobOf(asking(prompt), { answers: ["0"] })

      const error = yield* Effect.flip(job.attempt)

      expect(error.code).toBe("SCRIPT_DEFECT")
      expect(job.log.at(-1)).toMatch(new RegExp(`A question to a person needs .*${needs}`, "u"))
      expect(job.asked).toEqual([])
    })
  )
}

for (const [what, value] of [
  ["a NUL", { name: "a\0b" }],
  ["half of a character", ["a\ud800"]],
  ["a name with a NUL", { "a\0b": 1 }]
] as const) {
  it.effect(`refuses ${what} in the output of a step`, () =>
    Effect.gen(function* () {
      const work = Effect.flatMap(Steps, (steps) => steps.run("work", Schema.Json, Effect.succeed<Schema.Json>(value)))

      expect(yield* Effect.flip(jobOf(work).attempt)).toMatchObject({
        code: "SCRIPT_DEFECT",
        message: expect.stringContaining("not valid Unicode")
      })
    })
  )
}

const plain = defineJobType({
  name: "plain",
  title: "Plain",
  description: "Gives what it is given.",
  lane: "default",
  input: Schema.Struct({ code: Schema.Int }),
  result: Schema.String,
  steps: [],
  example: { code: 0 },
  run: ({ code }) => Effect.succeed(`a${String.fromCharCode(code)}`)
})

it.effect("refuses a result that the database refuses", () =>
  Effect.gen(function* () {
    for (const code of [0, 0xd800]) {
      expect(yield* makeTestJob(plain, { input: { code } }).run).toMatchObject({
        status: "failed",
        error: { message: expect.stringContaining("The result cannot be stored") }
      })
    }
    expect(yield* makeTestJob(plain, { input: { code: 98 } }).attempt).toBe("ab")
  })
)

it.effect("gives no page to a script in a lane that has no browser", () =>
  Effect.gen(function* () {
    const browse = Effect.flatMap(BrowserSession, ({ use }) => use((page) => page.goto("https://example.com")))
    const job = jobOf(Effect.asVoid(browse), { page: makeFakePage() })

    expect(yield* Effect.flip(job.attempt)).toMatchObject({
      cause: { message: expect.stringContaining('Use lane "browser"') }
    })
  })
)

it.effect("has lines in its log as the log of a real job has them", () =>
  Effect.gen(function* () {
    const job = jobOf(
      Effect.gen(function* () {
        yield* Effect.logInfo({ dish: { name: "Pasta", pin: PASSWORD } }, new Error("sold out"))
        return null
      })
    )

    yield* job.attempt

    expect(job.log).toEqual(["{ dish: { name: 'Pasta', pin: '••••' } } Error: sold out"])
  })
)

it.effect("hides secrets in the error of a job", () =>
  Effect.gen(function* () {
    const cause = new Error("raw")
    const fatal = new FatalError({ code: "NOT_FOUND", message: `No ${PASSWORD}.`, hint: `Try ${PASSWORD}.`, cause })
    const limited = new RetryableError({ code: "RATE_LIMITED", message: `Not ${PASSWORD}.`, retryAfterMs: 7 })

    const ended = yield* jobOf(Effect.fail(fatal)).run
    const failed = yield* Effect.flip(jobOf(Effect.fail(limited)).attempt)

    expect(ended.status === "failed" && ended.error).toMatchObject({
      code: "NOT_FOUND",
      message: "No ••••.",
      hint: "Try ••••.",
      cause
    })
    expect(failed).toBeInstanceOf(RetryableError)
    expect(failed).toMatchObject({ code: "RATE_LIMITED", message: "Not ••••.", retryAfterMs: 7, retryable: true })
  })
)
