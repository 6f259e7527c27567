import { expect } from "bun:test"
import { Effect, Fiber, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import { BrowserSession } from "../../src/domain/BrowserSession.ts"
import { defineCommandJobType } from "../../src/domain/CommandJobType.ts"
import { CurrentStep } from "../../src/domain/CurrentJob.ts"
import { FatalError, RetryableError } from "../../src/domain/JobError.ts"
import { defineJobType } from "../../src/domain/JobType.ts"
import { Operator } from "../../src/domain/Operator.ts"
import { Secret } from "../../src/domain/Secret.ts"
import { Steps } from "../../src/domain/Steps.ts"
import { makeFakePage } from "../../src/testing/FakePage.ts"
import { mockScript, outcomes } from "../../src/testing/mockScript.ts"
import { makeTestJob } from "../../src/testing/TestJob.ts"
import { it } from "../support/effect.ts"

const offline = new RetryableError({ code: "NETWORK_ERROR", message: "The portal is away." })
const refused = new FatalError({ code: "INVALID_CREDENTIALS", message: "The portal refused the login." })

/** Reads, then fails in its first `failures` attempts, then writes. */
const copyMenu = (failures = 0) =>
  defineJobType({
    name: "copy-menu",
    title: "Copy a menu",
    description: "Copies a menu.",
    lane: "browser",
    input: Schema.Struct({ password: Secret }),
    result: Schema.Struct({ dishes: Schema.Int }),
    steps: [
      { name: "read", title: "Read" },
      { name: "write", title: "Write" }
    ],
    example: { password: "practice-password" },
    run: ({ password }) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const browser = yield* BrowserSession
        yield* Effect.logInfo(`Signing in with ${Redacted.value(password)}`)
        const dishes = yield* steps.run(
          "read",
          Schema.Int,
          browser.use((page) => page.getByRole("row").count())
        )
        yield* steps.progress("half-way")
        if (steps.attempt <= failures) return yield* offline
        yield* steps.prepare(
          "write",
          browser.use((page) => page.getByRole("button").click())
        )
        return { dishes }
      })
  })

const menuPage = () => makeFakePage().answer((page) => page.getByRole("row").count(), 3)

it.effect("runs an attempt with its services, and masks secrets in the log", () =>
  Effect.gen(function* () {
    const page = menuPage()
    const job = makeTestJob(copyMenu(), { page })

    expect(yield* job.attempt).toEqual({ dishes: 3 })
    expect(job.steps).toMatchObject({ started: ["read", "write"], progress: ["half-way"] })
    expect(page.calls).toEqual(['getByRole("row").count()', 'getByRole("button").click()'])
    expect(job.log).toEqual(["Signing in with ••••"])
  })
)

it.effect("tells the work of every step which one it is", () =>
  Effect.gen(function* () {
    const step = Effect.map(CurrentStep, String)
    const asking = defineJobType({
      name: "asking",
      title: "Asking",
      description: "Asks which step it is in.",
      lane: "default",
      input: Schema.Struct({}),
      result: Schema.Array(Schema.String),
      steps: [
        { name: "read", title: "Read" },
        { name: "write", title: "Write" }
      ],
      example: {},
      run: () =>
        Effect.flatMap(Steps, (steps) =>
          Effect.all([steps.run("read", Schema.String, step), steps.prepare("write", step)])
        )
    })

    expect(yield* makeTestJob(asking).attempt).toEqual(["read", "write"])
  })
)

it.effect("goes on after the last finished step in the next attempt", () =>
  Effect.gen(function* () {
    const job = makeTestJob(copyMenu(1), { page: menuPage() })

    expect(yield* Effect.flip(job.attempt)).toEqual(offline)
    expect(yield* job.attempt).toEqual({ dishes: 3 })
    expect(job.steps.started).toEqual(["read", "write"])
  })
)

it.effect("waits between attempts as long as the type says, on the clock of the test", () =>
  Effect.gen(function* () {
    const running = yield* Effect.forkChild(makeTestJob(copyMenu(2), { page: menuPage() }).run)

    yield* TestClock.adjust("14 seconds")
    expect(running.pollUnsafe()).toBeUndefined()
    yield* TestClock.adjust("1 second")

    expect(yield* Fiber.join(running)).toEqual({ status: "completed", result: { dishes: 3 }, attempts: 3 })
  })
)

it.effect("fails when the tries are used up, and at once when trying again cannot help", () =>
  Effect.gen(function* () {
    const tried = yield* Effect.forkChild(makeTestJob(copyMenu(9), { page: menuPage() }).run)
    yield* TestClock.adjust("35 seconds")
    const { type } = mockScript(copyMenu(), outcomes.failWith(refused))

    expect(yield* Fiber.join(tried)).toEqual({ status: "failed", error: offline, attempts: 4 })
    expect(yield* makeTestJob(type).run).toEqual({ status: "failed", error: refused, attempts: 1 })
  })
)

it.effect("plays outcomes one after the other: a crash, a hang, a failure, a success", () =>
  Effect.gen(function* () {
    const { hang, crash, failWith, succeed } = outcomes
    const script = mockScript(
      copyMenu(),
      crash,
      hang,
      failWith(offline, "1 minute"),
      succeed({ dishes: 1 }, "1 minute")
    )
    const running = yield* Effect.forkChild(makeTestJob(script.type).run)

    // The time-out of the type, the retry after 5 s, a minute, the retry after 10 s, and one more minute.
    yield* TestClock.adjust("10 minutes")
    yield* TestClock.adjust("65 seconds")
    yield* TestClock.adjust("70 seconds")

    expect(yield* Fiber.join(running)).toEqual({ status: "completed", result: { dishes: 1 }, attempts: 4 })
    expect(script.inputs).toEqual(Array(4).fill({ password: "practice-password" }))
  })
)

it.effect("fails a job that takes its worker down again and again, and one with a bug", () =>
  Effect.gen(function* () {
    const crashing = makeTestJob(mockScript(copyMenu(), outcomes.crash).type)
    const buggy = makeTestJob(mockScript(copyMenu(), outcomes.bug()).type)

    expect(yield* crashing.run).toMatchObject({ status: "failed", error: { code: "WORKER_CRASHED" }, attempts: 3 })
    expect(yield* buggy.run).toMatchObject({ status: "failed", error: { code: "SCRIPT_DEFECT" }, attempts: 1 })
  })
)

it.effect("lets a script ask, and answers it", () =>
  Effect.gen(function* () {
    const asking = outcomes.ask({ kind: "confirm", label: "Publish?" }, (yes) =>
      outcomes.succeed({ dishes: yes ? 1 : 0 })
    )
    const { type } = mockScript(copyMenu(), asking)
    const job = makeTestJob(type, { answers: [true] })

    expect(yield* job.attempt).toEqual({ dishes: 1 })
    expect(job.asked).toEqual([{ kind: "confirm", label: "Publish?" }])
    expect(yield* Effect.flip(makeTestJob(type).attempt)).toMatchObject({ code: "OPERATOR_INPUT_TIMEOUT" })
  })
)

it.effect("refuses an input that does not fit, and a step that is not declared", () =>
  Effect.gen(function* () {
    const type = copyMenu()
    const undeclared = { ...type, steps: type.steps.slice(1) }

    const error = yield* Effect.flip(makeTestJob(type, { input: { password: 7 } }).attempt)
    const bug = yield* Effect.flip(makeTestJob(undeclared, { page: menuPage() }).attempt)

    expect(error).toMatchObject({ code: "VALIDATION_ERROR" })
    expect(bug.cause).toMatchObject({ message: 'The job type does not declare a step named "read".' })
  })
)

it.live("runs the command of a job type for real", () =>
  Effect.gen(function* () {
    const type = defineCommandJobType({
      name: "greet",
      title: "Greet",
      description: "Says hello.",
      input: Schema.Struct({ name: Schema.String }),
      result: Schema.String,
      example: { name: "Ada" },
      command: { program: "echo", arguments: ["Hello,", { input: "name" }] },
      output: { result: "text" }
    })

    expect(yield* makeTestJob(type).run).toEqual({ status: "completed", result: "Hello, Ada", attempts: 1 })
  })
)

it.effect("gives a script that has no page a sentence that says so", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(makeTestJob(copyMenu()).attempt)

    expect(error.cause).toMatchObject({ message: expect.stringContaining("{ page: makeFakePage() }") })
  })
)

it.effect("refuses a step that is used twice, as the runtime does", () =>
  Effect.gen(function* () {
    const uploading = defineJobType({
      name: "uploading",
      title: "Uploading",
      description: "Uploads.",
      lane: "default",
      input: Schema.Struct({ name: Schema.String }),
      result: Schema.Null,
      steps: [{ name: "upload", title: "Upload", repeats: true }],
      example: { name: "upload" },
      run: ({ name }) =>
        Effect.gen(function* () {
          const steps = yield* Steps
          yield* steps.run(name, Schema.Int, Effect.succeed(1))
          yield* steps.run("upload", Schema.Int, Effect.succeed(2))
          return null
        })
    })

    const twice = yield* Effect.flip(makeTestJob(uploading).attempt)

    expect(twice.message).toStartWith('The step "upload" was used twice')
    expect(yield* makeTestJob(uploading, { input: { name: "upload-1" } }).attempt).toBe(null)
  })
)

/** Asks for a code and tells it to everybody. */
const asking = (output: Schema.Codec<string, string> = Schema.String, text = "kept") =>
  defineJobType({
    name: "asking-for-a-code",
    title: "Asking",
    description: "Asks for a code.",
    lane: "default",
    input: Schema.Struct({}),
    result: Schema.Struct({ code: Schema.String, kept: Schema.String }),
    steps: [{ name: "keep", title: "Keep" }],
    example: {},
    run: () =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const operator = yield* Operator
        const code = Redacted.value(yield* operator.prompt({ kind: "otp", label: "Code" }))
        yield* steps.progress(`Signing in with ${code}`)
        yield* operator.prompt({ kind: "choice", label: "Restaurant", choices: ["Roma", "Milano"] })
        const kept = yield* steps.run("keep", output, Effect.succeed(text))
        if (text === "") return yield* Effect.die(new Error(`no text for ${code}`))
        return { code, kept }
      })
  })

it.effect("gives answers as the board does, and masks a code wherever it comes out", () =>
  Effect.gen(function* () {
    const job = makeTestJob(asking(), { answers: ["123 456", "Roma"] })
    const other = makeTestJob(asking(), { answers: ["123 456", "Napoli"] })

    expect(yield* job.attempt).toEqual({ code: "••••", kept: "kept" })
    expect(job.steps.progress).toEqual(["Signing in with ••••"])
    expect((yield* Effect.flip(other.attempt)).message).toContain("“Restaurant” with what is refused: Expected one of")
  })
)

it.effect("says in the log why an attempt failed, without its secrets", () =>
  Effect.gen(function* () {
    const job = makeTestJob(asking(Schema.String, ""), { answers: ["123 456", "Roma"] })

    const end = yield* job.run

    expect(end.status).toBe("failed")
    expect(job.log.at(-1)).toStartWith("Error: no text for ••••")
    expect(job.log.at(-1)).toContain("TestJob.test.ts")
  })
)

it.effect("refuses outputs and results that the runtime refuses, and makes anew what no longer fits", () =>
  Effect.gen(function* () {
    const answers = ["123456", "Roma"]
    const large = makeTestJob(asking(Schema.String, "x".repeat(2 * 1024 * 1024)), { answers })
    const wrong = makeTestJob(asking(Schema.String.check(Schema.isMaxLength(2))), { answers })
    const old = makeTestJob(asking(), { answers })
    old.steps.checkpoints.set("keep", "7")

    expect((yield* Effect.flip(large.attempt)).message).toStartWith("The output of the step keep cannot be stored")
    expect((yield* Effect.flip(wrong.attempt)).message).toStartWith("The output of the step keep has another form")
    expect(yield* old.attempt).toMatchObject({ kept: "kept" })
    expect(old.steps.started).toEqual(["keep"])
  })
)
