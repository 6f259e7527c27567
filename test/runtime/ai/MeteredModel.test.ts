import { expect } from "bun:test"
import { Context, Effect, Fiber, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { AiModel } from "../../../src/domain/AiModel.ts"
import { CurrentJob } from "../../../src/domain/CurrentJob.ts"
import { classifyAi } from "../../../src/runtime/ai/classifyAi.ts"
import type { AiReply } from "../../support/FakeAi.ts"
import { meteredTests, start } from "./meteredTests.ts"

const inDatabase = meteredTests()

inDatabase(
  "writes a call down with its step, tokens and cost, and without who it is about",
  Effect.gen(function* () {
    const { ask, calls, job } = yield* start({ answering: () => ({ text: "Dear Yewande, write to y@example.org" }) })

    yield* ask({ personal: ["Yewande"] }, "A trip for Yewande, card 4111 1111 1111 1111, password: hunter2")

    expect(yield* calls.list(job.id)).toMatchObject([
      {
        step: "outline",
        model: "small",
        outcome: "answered",
        inputTokens: 100,
        outputTokens: 50,
        costUsd: 0.00005,
        prompt: "user: A trip for [personal], card [card], password: [secret]",
        answer: "Dear [personal], write to [email]"
      }
    ])
    expect(yield* calls.use(job.id)).toMatchObject({
      calls: 1,
      costUsd: 0.00005,
      steps: [{ step: "outline", calls: 1 }]
    })
  })
)

inDatabase(
  "does not ask what could cost more than is left, however many ask at once",
  Effect.gen(function* () {
    const gate = Promise.withResolvers<AiReply>()
    const { ai, ask, calls, job } = yield* start({ answering: () => gate.promise })
    // 500 millionths are set aside for each: three fit, a fourth does not. None is answered before the others were refused.
    let left = 3
    const refuse = Effect.sync(() => {
      left -= 1
      if (left === 0) gate.resolve({ text: "Hello" })
    })
    const asked = yield* Effect.forEach(
      [1, 2, 3, 4, 5, 6],
      () => Effect.result(Effect.tapError(ask({ budgetUsd: 0.0015 }), () => refuse)),
      { concurrency: 6 }
    )

    const refused = asked.flatMap((each) => (each._tag === "Failure" ? [classifyAi(each.failure)] : []))
    const { costUsd } = yield* calls.use(job.id)
    expect(refused).toHaveLength(3)
    for (const error of refused) expect(error).toMatchObject({ code: "BUDGET_EXCEEDED", retryable: false })
    expect(ai.requests).toHaveLength(3)
    expect(costUsd).toBe(0.00015)
  })
)

inDatabase(
  "asks again for what was set aside and not spent, and never for more than the budget",
  Effect.gen(function* () {
    const { ask, calls, job } = yield* start()

    const asked = yield* Effect.forEach(Array.from({ length: 30 }), () => Effect.result(ask({ budgetUsd: 0.001 })))

    // With 50 spent a time, the last that still has 500 left is the eleventh.
    expect(asked.map(({ _tag }) => _tag).filter((tag) => tag === "Success")).toHaveLength(11)
    expect((yield* calls.use(job.id)).costUsd).toBeCloseTo(0.00055, 9)
  })
)

inDatabase(
  "gives no job more than the server allows each of them",
  Effect.gen(function* () {
    const { ask } = yield* start({ standardBudget: 0.0001 })

    const refused = yield* Effect.flip(ask({ budgetUsd: 1_000 }))

    expect(classifyAi(refused)).toMatchObject({ code: "BUDGET_EXCEEDED" })
  })
)

inDatabase(
  "writes failures down, counts what an interrupted call may have cost and nothing for a refused one",
  Effect.gen(function* () {
    const { ai, ask, calls, job } = yield* start({ answering: () => ({ status: 503 }) })
    yield* Effect.exit(ask({}))
    ai.answer(() => "stall")
    const waiting = yield* Effect.forkChild(ask({}))
    yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => ai.requests.length === 2 })
    yield* Fiber.interrupt(waiting)

    expect((yield* calls.list(job.id)).map(({ costUsd, outcome, problem }) => [outcome, problem, costUsd])).toEqual([
      ["failed", "InternalProviderError", 0],
      ["failed", "stopped", 0.0005]
    ])
  })
)

inDatabase(
  "keeps what a database would refuse in another form",
  Effect.gen(function* () {
    const { ask, calls, job } = yield* start({ answering: () => ({ text: "a\0b \ud83d" }) })

    yield* ask({}, "What\0?")

    expect(yield* calls.list(job.id)).toMatchObject([
      { outcome: "answered", prompt: "user: What?", answer: "ab \ufffd" }
    ])
  })
)

inDatabase(
  "counts a streamed answer like a whole one",
  Effect.gen(function* () {
    const { calls, context, job, running } = yield* start()
    const model = yield* Context.get(context, AiModel).forJob({})

    yield* Stream.runDrain(model.streamText({ prompt: "Hello" })).pipe(Effect.provideService(CurrentJob, running))

    expect(yield* calls.list(job.id)).toMatchObject([{ outcome: "answered", outputTokens: 50, answer: "Hello" }])
  })
)

inDatabase(
  "removes what was asked with its job",
  Effect.gen(function* () {
    const { ask, job } = yield* start()
    yield* ask({})
    const sql = yield* SqlClient.SqlClient

    yield* sql`DELETE FROM script_jobs WHERE id = ${job.id}::uuid`

    expect(yield* sql`SELECT FROM ai_calls`).toEqual([])
  })
)
