import { expect } from "bun:test"
import { Context, Deferred, Duration, Effect, Layer, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import { FatalError, RetryableError } from "../../src/domain/JobError.ts"
import { Operator } from "../../src/domain/Operator.ts"
import { Steps } from "../../src/domain/Steps.ts"
import { SecretBox } from "../../src/runtime/SecretBox.ts"
import { it } from "../support/effect.ts"
import type { MemoryJob } from "../support/MemoryQueue.ts"
import { scripted, scriptedInBrowser } from "../support/scripts.ts"
import { startWorker, startWorkerIn, until } from "../support/TestWorker.ts"

const CODE = { kind: "otp", label: "Code from the text message", hint: "Ends in 42" } as const

const askForCode = Effect.gen(function* () {
  const { prompt } = yield* Operator
  return Redacted.value(yield* prompt(CODE))
})

const open = (job: MemoryJob) => job.prompts.filter(({ state }) => state === "open")
const asks = (job: MemoryJob) => until(() => open(job).length === 1)
const ended = (job: MemoryJob) => until(() => job.status === "ended")

it.effect("gives the script what a person answered, and goes on", () =>
  Effect.gen(function* () {
    const script = Effect.gen(function* () {
      const { prompt } = yield* Operator
      const steps = yield* Steps
      const code = yield* steps.prepare("first", prompt(CODE))
      const menu = yield* prompt({ kind: "choice", label: "Which menu?", choices: ["Lunch", "Dinner"] })
      const sure = yield* prompt({ kind: "confirm", label: "Publish it?" })
      return [Redacted.value(code).length, menu, sure]
    })
    const { box, queue } = yield* startWorker(scripted("asking", () => script))
    const job = yield* queue.add({ jobType: "asking" })

    yield* asks(job)
    expect(job.prompts).toMatchObject([{ ...CODE, step: "first", state: "open" }])
    expect(job.status).toBe("in_progress")
    for (const answer of ["123456", "Dinner", true]) {
      yield* asks(job)
      yield* queue.answer(job, answer, box)
      yield* until(() => open(job).length === 0)
      yield* TestClock.adjust("250 millis")
    }
    yield* ended(job)

    expect(job.outcomes).toEqual([{ _tag: "Completed", result: [6, "Dinner", true] }])
    expect(job.prompts.map(({ sealed }) => sealed)).toEqual([undefined, undefined, undefined])
  })
)

it.effect("finds an answer of which no news came", () =>
  Effect.gen(function* () {
    const { box, queue } = yield* startWorker(scripted("asking", () => Effect.as(askForCode, null)))
    const job = yield* queue.add({ jobType: "asking" })
    yield* asks(job)
    yield* TestClock.adjust("1 second")

    yield* queue.answer(job, "123456", box, false)
    yield* TestClock.adjust("4 seconds")
    yield* ended(job)

    expect(job.outcomes).toEqual([{ _tag: "Completed", result: null }])
  })
)

it.effect("fails for good, with a sentence, when nobody answers in time", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(scripted("asking", () => Effect.as(askForCode, null)))
    const job = yield* queue.add({ jobType: "asking" })
    yield* asks(job)

    yield* TestClock.adjust("599 seconds")
    expect(job.outcomes).toEqual([])
    yield* TestClock.adjust("2 seconds")
    yield* ended(job)

    expect(job.outcomes).toMatchObject([
      {
        _tag: "Failed",
        error: {
          code: "OPERATOR_INPUT_TIMEOUT",
          retryable: false,
          message: "Nobody answered “Code from the text message” within 10 minutes.",
          hint: "Retry the job when somebody is there to answer."
        }
      }
    ])
    expect(open(job)).toEqual([])
  })
)

it.effect("closes a question when the browser that waits for its answer goes away, and the job is tried again", () =>
  Effect.gen(function* () {
    const crashed = new RetryableError({ code: "BROWSER_CRASHED", message: "The browser ended." })
    const gone = yield* Deferred.make<never, RetryableError>()
    const asking = scriptedInBrowser("asking", () => Effect.as(askForCode, null))
    const { queue } = yield* startWorkerIn({ untilGone: Deferred.await(gone) }, asking)
    const job = yield* queue.add({ jobType: "asking", lane: "browser" })
    yield* asks(job)

    yield* Deferred.fail(gone, crashed)
    yield* until(() => job.outcomes.length === 1)

    expect(open(job)).toEqual([])
    expect(job.outcomes).toMatchObject([{ _tag: "RetryLater", error: { code: "BROWSER_CRASHED", retryable: true } }])
  })
)

it.effect("does not count the time that a person takes against the attempt's time-out", () =>
  Effect.gen(function* () {
    const slow = Effect.gen(function* () {
      yield* Effect.sleep("40 seconds")
      yield* askForCode
      yield* Effect.sleep("15 seconds")
      yield* Effect.sleep("15 seconds")
      return null
    })
    const { box, queue } = yield* startWorker(scripted("slow", () => slow))
    const timeout = Duration.minutes(1)
    const job = yield* queue.add({ jobType: "slow", timeout, maxRetries: 0 })
    yield* until(() => job.status === "in_progress")
    yield* TestClock.adjust("40 seconds")
    yield* asks(job)

    yield* TestClock.adjust("5 minutes")
    yield* queue.answer(job, "123456", box)
    yield* until(() => open(job).length === 0)
    yield* TestClock.adjust("16 seconds")
    expect(job.outcomes).toEqual([])
    yield* TestClock.adjust("8 seconds")
    yield* ended(job)

    expect(job.outcomes).toMatchObject([{ _tag: "Failed", error: { code: "TIMEOUT" } }])
  })
)

it.effect("hides the answer in log lines, progress, errors and results", () =>
  Effect.gen(function* () {
    const script = Effect.gen(function* () {
      const code = yield* askForCode
      const steps = yield* Steps
      yield* Effect.logInfo(`typed ${code}`, { code })
      const typing = Effect.andThen(steps.progress(`typed ${code}`), Effect.sleep("100 millis"))
      yield* steps.run("first", Schema.Null, Effect.as(typing, null))
      return { code, typed: [`typed ${code}`], digits: Number(code), [code]: 7 }
    })
    const refused = (code: string) =>
      new FatalError({ code: "VALIDATION_ERROR", message: `The site refused ${code}.`, hint: `Was it ${code}?` })
    const failure = Effect.flatMap(askForCode, (code) => Effect.fail(refused(code)))
    const { box, queue } = yield* startWorker(
      scripted("telling", () => script),
      scripted("failing", () => failure)
    )
    const answered = Effect.fnUntraced(function* (jobType: string) {
      const job = yield* queue.add({ jobType })
      yield* asks(job)
      yield* queue.answer(job, "731905", box)
      yield* TestClock.adjust("1 second")
      yield* ended(job)
      return job
    })

    const telling = yield* answered("telling")
    const failing = yield* answered("failing")

    expect(telling.outcomes).toMatchObject([
      { _tag: "Completed", result: { code: "••••", typed: ["typed ••••"], digits: "••••", "••••": 7 } }
    ])
    expect(telling.log.map(({ message }) => message)).toContain("typed •••• { code: '••••' }")
    expect(telling.progress.map(({ message }) => message)).toContain("typed ••••")
    expect(failing.outcomes).toMatchObject([{ error: { message: "The site refused ••••.", hint: "Was it ••••?" } }])
    expect(JSON.stringify([telling, failing])).not.toContain("731905")
  })
)

it.effect("asks one thing at a time, and masks secrets in the question", () =>
  Effect.gen(function* () {
    const script = Effect.gen(function* () {
      const { prompt } = yield* Operator
      const ask = (label: string) => prompt({ kind: "confirm", label })
      return yield* Effect.all([ask("First, with hunter22?"), ask("Second?")], { concurrency: 2 })
    })
    const { box, queue } = yield* startWorker(scripted("asking", () => script))
    const job = yield* queue.add({ jobType: "asking", input: { password: "hunter22" } })

    yield* asks(job)
    expect(job.prompts.map(({ label }) => label)).toEqual(["First, with ••••?"])
    yield* queue.answer(job, false, box)
    yield* TestClock.adjust("250 millis")
    yield* until(() => job.prompts.length === 2)
    yield* queue.answer(job, true, box)
    yield* TestClock.adjust("250 millis")
    yield* ended(job)

    expect(job.outcomes).toMatchObject([{ result: [false, true] }])
  })
)

it.effect("takes back what it asked when the script does not wait for it any longer", () =>
  Effect.gen(function* () {
    const script = Effect.gen(function* () {
      yield* Effect.timeoutOption(askForCode, "1 minute")
      yield* askForCode
      return null
    })
    const { box, queue } = yield* startWorker(scripted("asking", () => script))
    const job = yield* queue.add({ jobType: "asking" })
    yield* asks(job)

    yield* TestClock.adjust("61 seconds")
    yield* until(() => job.prompts.length === 2)
    expect(job.prompts.map(({ state }) => state)).toEqual(["closed", "open"])
    yield* queue.answer(job, "123456", box)
    yield* TestClock.adjust("250 millis")
    yield* ended(job)

    expect(job.outcomes).toEqual([{ _tag: "Completed", result: null }])
  })
)

it.effect("stops while it waits: cancelled at once, and handed back when its lease is lost", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(scripted("asking", () => Effect.as(askForCode, null)))
    const cancelled = yield* queue.add({ jobType: "asking" })
    yield* asks(cancelled)
    yield* queue.cancel(cancelled)
    yield* ended(cancelled)
    const stolen = yield* queue.add({ jobType: "asking" })
    yield* asks(stolen)
    yield* queue.steal(stolen)
    yield* TestClock.adjust("3 seconds")

    expect(cancelled.outcomes).toEqual([{ _tag: "Cancelled" }])
    expect(stolen.outcomes).toEqual([])
  })
)

it.effect("asks again when it cannot open an answer, because it was sealed with another key", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(scripted("asking", () => Effect.as(askForCode, null)))
    const key = Redacted.make(Buffer.alloc(32, 8).toString("base64"))
    const other = Context.get(yield* Layer.build(SecretBox.layer(key)), SecretBox)
    const job = yield* queue.add({ jobType: "asking" })
    yield* asks(job)
    yield* queue.answer(job, "123456", other)
    yield* TestClock.adjust("250 millis")
    yield* until(() => job.outcomes.length === 1)

    expect(job.outcomes).toMatchObject([{ _tag: "RetryLater", error: { code: "SERVICE_UNAVAILABLE" } }])
  })
)

it.effect("takes a question that nobody could answer for a bug of the script", () =>
  Effect.gen(function* () {
    const ask = Effect.gen(function* () {
      const { prompt } = yield* Operator
      return yield* prompt({ kind: "choice", label: "Which?", choices: ["Same", "Same"] })
    })
    const { queue } = yield* startWorker(scripted("asking", () => ask))
    const job = yield* queue.add({ jobType: "asking" })
    yield* ended(job)

    expect(job.outcomes).toMatchObject([{ _tag: "Failed", error: { code: "SCRIPT_DEFECT" } }])
    expect(job.prompts).toEqual([])
  })
)

it.effect("keeps a place of two for jobs that ask nobody, and lets the others ask later", () =>
  Effect.gen(function* () {
    const { box, queue } = yield* startWorker(
      scriptedInBrowser("asking", () => Effect.as(askForCode, null)),
      scriptedInBrowser("plain", () => Effect.succeed("done"))
    )
    const asking = [
      yield* queue.add({ jobType: "asking", lane: "browser" }),
      yield* queue.add({ jobType: "asking", lane: "browser" }),
      yield* queue.add({ jobType: "asking", lane: "browser" })
    ] as const
    const plain = yield* queue.add({ jobType: "plain", lane: "browser" })

    yield* ended(plain)
    const [first, second, third] = asking
    expect(asking.map((job) => open(job).length)).toEqual([1, 0, 0])
    // Handed back before it asked, without using up a try.
    expect([second.outcomes, third.outcomes]).toEqual([[{ _tag: "Released" }], [{ _tag: "Released" }]])
    expect([second.retryCount, second.attempt]).toEqual([0, 1])

    yield* TestClock.adjust("1 minute")
    expect(second.attempt).toBe(1)
    yield* queue.answer(first, "111111", box)
    yield* TestClock.adjust("250 millis")
    yield* asks(second)
    expect(open(third)).toEqual([])
    yield* queue.answer(second, "222222", box)
    yield* TestClock.adjust("250 millis")
    yield* asks(third)
    yield* queue.answer(third, "333333", box)
    yield* TestClock.adjust("250 millis")
    yield* Effect.all(asking.map(ended))

    expect(asking.map((job) => job.outcomes.at(-1)?._tag)).toEqual(["Completed", "Completed", "Completed"])
  })
)
