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
  "lets what does not fit beside open calls wait for them, and asks it then",
  Effect.gen(function* () {
    const gate = Promise.withResolvers<AiReply>()
    const { ai, calls, job, modelOf } = yield* start({ answering: () => gate.promise })
    const ask = yield* modelOf({ budgetUsd: 0.0015 })
    // 500 millionths are set aside for each: three fit, and each needs 50.
    const asked = yield* Effect.forkChild(
      Effect.forEach([1, 2, 3, 4, 5, 6], () => ask("Hello"), { concurrency: 6, discard: true })
    )
    yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => ai.requests.length === 3 })
    expect((yield* calls.use(job.id)).calls).toBe(3)
    gate.resolve({ text: "Hello" })

    yield* Fiber.join(asked)

    expect(ai.requests).toHaveLength(6)
    expect((yield* calls.list(job.id)).map(({ outcome }) => outcome)).toEqual(Array(6).fill("answered"))
    expect((yield* calls.use(job.id)).costUsd).toBeCloseTo(0.0003, 9)
  })
)

inDatabase(
  "does not ask what could cost more than is left when nothing else is open, however many ask at once",
  Effect.gen(function* () {
    const { ai, calls, job, modelOf } = yield* start({ answering: () => ({ raw: "<html>" }) })
    // What cannot be read keeps the price that was set aside.
    const ask = yield* modelOf({ budgetUsd: 0.0015 })

    const asked = yield* Effect.forEach([1, 2, 3, 4, 5, 6], () => Effect.flip(ask("Hello")), { concurrency: 6 })

    const codes = asked.map((error) => classifyAi(error)?.code).toSorted()
    expect(codes).toEqual([...Array(3).fill("BUDGET_EXCEEDED"), ...Array(3).fill("SERVICE_UNAVAILABLE")])
    expect(ai.requests).toHaveLength(3)
    expect((yield* calls.use(job.id)).costUsd).toBe(0.0015)
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
  "gives no job more than the server allows each of them, and says which budget was too small",
  Effect.gen(function* () {
    const { ask } = yield* start({ standardBudget: 0.0001 })

    const all = yield* Effect.flip(ask({ budgetUsd: 1_000 }))
    const less = yield* Effect.flip(ask({ budgetUsd: 0.00005 }))

    expect(classifyAi(all)).toMatchObject({
      code: "BUDGET_EXCEEDED",
      hint: expect.stringContaining("Set CALLBOARD_AI_JOB_BUDGET higher")
    })
    expect(classifyAi(less)).toMatchObject({
      code: "BUDGET_EXCEEDED",
      hint: expect.stringContaining("from: checkpoint")
    })
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
