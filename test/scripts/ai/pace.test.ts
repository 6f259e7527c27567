import { expect } from "bun:test"
import { Clock, Context, Duration, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { AiCalls } from "../../../src/domain/AiCalls.ts"
import { AiModel } from "../../../src/domain/AiModel.ts"
import type { JobReports } from "../../../src/domain/JobReports.ts"
import type { Jobs } from "../../../src/domain/Jobs.ts"
import { AiTurns, type Turn } from "../../../src/runtime/ai/AiTurns.ts"
import { finishPart, requestOf } from "../../../src/runtime/ai/chatWire.ts"
import * as MeteredModel from "../../../src/runtime/ai/MeteredModel.ts"
import type { Provider } from "../../../src/runtime/ai/OpenAiCompatible.ts"
import { makeGenerateTrip } from "../../../src/scripts/ai/GenerateTrip.ts"
import { makeTestJob } from "../../../src/testing/TestJob.ts"
import { it } from "../../support/effect.ts"
import type { AiRequest } from "../../support/FakeAi.ts"
import { tripAnswers } from "../../support/tripAnswers.ts"
import { nothing } from "./aiServices.ts"

const TRIPS = 8
const DAYS = 5
const EVERY_MS = 6_000

/** Ten a minute, and none is given before its time. */
const makeTurns = () => {
  let nextMs = 0
  return AiTurns.of({
    take: Effect.map(Clock.currentTimeMillis, (nowMs): Turn => {
      if (nextMs > nowMs) return { _tag: "Later", wait: Duration.millis(nextMs - nowMs) }
      nextMs = nowMs + EVERY_MS
      return { _tag: "Taken", wait: Duration.zero }
    }),
    pause: () => Effect.void
  })
}

/** Takes four seconds for each answer. */
const makeSlowProvider = () => {
  const seen = { askedMs: [] as Array<number>, answered: 0 }
  const generateText: Provider["generateText"] = (options) =>
    Effect.gen(function* () {
      seen.askedMs.push(yield* Clock.currentTimeMillis)
      yield* Effect.sleep("4 seconds")
      const { messages, response_format } = requestOf(options)
      const request = nothing<AiRequest>({ messages, object: response_format?.json_schema.name })
      const { object } = (yield* Effect.promise(async () => tripAnswers(DAYS)(request, 0))) as {
        readonly object: unknown
      }
      seen.answered += 1
      return [{ type: "text", text: JSON.stringify(object) }, finishPart("stop", undefined)]
    })
  return { seen, provider: nothing<Provider>({ generateText }) }
}

it.effect("plans many trips at a slow pace, each in its first attempt and with no question more than it needs", () =>
  Effect.gen(function* () {
    const { provider, seen } = makeSlowProvider()
    const metered = MeteredModel.layer({
      provider,
      model: "small",
      prices: { input: 1, output: 1 },
      maxOutputTokens: 500,
      standardBudget: 1
    })
    const outside = Layer.merge(
      Layer.succeed(AiTurns, makeTurns()),
      Layer.succeed(AiCalls, nothing<typeof AiCalls.Service>())
    )
    const model = Context.get(yield* Layer.build(Layer.provide(metered, outside)), AiModel)
    const services = Effect.succeed({
      model,
      jobs: nothing<typeof Jobs.Service>(),
      reports: nothing<typeof JobReports.Service>()
    })
    const type = makeGenerateTrip(services)
    const jobs = Array.from({ length: TRIPS }, () =>
      makeTestJob(type, { input: { destination: "Lisbon", days: DAYS } })
    )

    const all = yield* Effect.forkChild(Effect.forEach(jobs, (job) => job.run, { concurrency: "unbounded" }))
    const needed = TRIPS * (DAYS + 1)
    for (let second = 0; second < (needed * EVERY_MS) / 1_000 + 10; second++) yield* TestClock.adjust("1 second")
    const ends = yield* Fiber.join(all)

    expect(ends.map(({ attempts, status }) => [status, attempts])).toEqual(Array(TRIPS).fill(["completed", 1]))
    expect([seen.askedMs.length, seen.answered]).toEqual([needed, needed])
    const gaps = seen.askedMs.slice(1).map((ms, index) => ms - seen.askedMs[index]!)
    expect(Math.min(...gaps)).toBe(EVERY_MS)
    expect(Math.max(...gaps)).toBe(EVERY_MS)
  })
)
