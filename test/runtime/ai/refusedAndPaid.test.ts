import { expect } from "bun:test"
import { Context, Duration, Effect, Fiber, Layer, Redacted, Stream } from "effect"
import { AiModel } from "../../../src/domain/AiModel.ts"
import { CurrentJob } from "../../../src/domain/CurrentJob.ts"
import { AiTurns } from "../../../src/runtime/ai/AiTurns.ts"
import { classifyAi } from "../../../src/runtime/ai/classifyAi.ts"
import * as PgAiTurns from "../../../src/runtime/postgres/PgAiTurns.ts"
import { meteredTests, start } from "./meteredTests.ts"

const inDatabase = meteredTests()

inDatabase(
  "lets nobody with the same key ask before the pause that the provider asked for is over",
  Effect.gen(function* () {
    const refusal = { status: 429, headers: { "retry-after": "60" } }
    const { ai, ask } = yield* start({ answering: () => refusal })
    const first = yield* Effect.flip(ask({}))
    ai.answer(() => ({ text: "Hello" }))

    const second = yield* Effect.flip(ask({}))

    expect(classifyAi(first)).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 60_000 })
    expect(classifyAi(second)).toMatchObject({ code: "RATE_LIMITED", retryable: true })
    expect(ai.requests).toHaveLength(1)
  })
)

inDatabase(
  "lets others wait for an hour at most, the job itself for as long as the provider said, and new ones not after a start",
  Effect.gen(function* () {
    const refusal = { status: 429, headers: { "retry-after": "21600" } }
    const { ai, ask, turns } = yield* start({ answering: () => refusal })
    const hour = Duration.toMillis("1 hour")
    expect(classifyAi(yield* Effect.flip(ask({})))).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 6 * hour })

    const { _tag, wait } = yield* turns.take

    expect(_tag).toBe("Paused")
    expect(Duration.toMillis(wait)).toBeLessThanOrEqual(hour)
    const key = { baseUrl: ai.baseUrl, apiKey: Redacted.make("sk-test"), requestsPerMinute: 6_000 }
    const next = yield* Layer.build(Layer.fresh(PgAiTurns.layer(key)))
    expect(yield* Context.get(next, AiTurns).take).toMatchObject({ _tag: "Taken" })
  })
)

inDatabase(
  "fails where an answer was cut off, whole or streamed, and counts what it cost",
  Effect.gen(function* () {
    const { ask, calls, context, job, running } = yield* start({
      answering: () => ({ text: "Half of it", finish: "length" })
    })
    const model = yield* Context.get(context, AiModel).forJob({})

    const whole = yield* Effect.flip(ask({}))
    const streamed = yield* Effect.flip(
      Stream.runDrain(model.streamText({ prompt: "Hello" })).pipe(Effect.provideService(CurrentJob, running))
    )

    for (const error of [whole, streamed]) {
      const { code, message } = classifyAi(error)!
      expect(code).toBe("VALIDATION_ERROR")
      expect(message).toContain("CALLBOARD_AI_MAX_OUTPUT_TOKENS")
    }
    expect((yield* calls.list(job.id)).map(({ answer, costUsd, outcome }) => [outcome, answer, costUsd])).toEqual(
      Array(2).fill(["failed", "Half of it", 0.00005])
    )
  })
)

for (const [what, usage] of [
  ["lack a count", { prompt_tokens: 100 }],
  ["are null", null],
  ["are text", { prompt_tokens: "100", completion_tokens: "50" }]
] as const) {
  inDatabase(
    `takes an answer whose tokens ${what}, at the price that was set aside`,
    Effect.gen(function* () {
      const { ask, calls, job } = yield* start({ answering: () => ({ text: "Hello", usage }) })

      expect((yield* ask({})).text).toBe("Hello")

      expect(yield* calls.list(job.id)).toMatchObject([{ outcome: "answered", costUsd: 0.0005 }])
    })
  )
}

inDatabase(
  "counts an answer that cannot be read, and one that broke off, at the price that was set aside",
  Effect.gen(function* () {
    const { ai, ask, calls, job } = yield* start({ answering: () => ({ raw: "<html>" }) })
    expect(classifyAi(yield* Effect.flip(ask({})))).toMatchObject({ code: "SERVICE_UNAVAILABLE" })
    ai.answer(() => "stall")
    const waiting = yield* Effect.forkChild(Effect.flip(ask({})))
    yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => ai.requests.length === 2 })
    yield* Effect.promise(() => ai.server.stop(true))
    const lost = classifyAi(yield* Fiber.join(waiting))
    expect(lost).toMatchObject({ code: "SERVICE_UNAVAILABLE", retryable: true })
    expect(lost!.message).toContain("connection")

    expect((yield* calls.list(job.id)).map(({ costUsd }) => costUsd)).toEqual([0.0005, 0.0005])
  })
)
