import { afterAll, expect } from "bun:test"
import {
  Clock,
  Context,
  Duration,
  Effect,
  Fiber,
  Layer,
  ManagedRuntime,
  Option,
  Redacted,
  type Scope,
  Stream
} from "effect"
import { LanguageModel } from "effect/ai"
import { FetchHttpClient } from "effect/http"
import { SqlClient } from "effect/sql"
import { AiCalls } from "../../../src/domain/AiCalls.ts"
import { AiModel, type AiModelOptions } from "../../../src/domain/AiModel.ts"
import { CurrentJob, CurrentStep } from "../../../src/domain/CurrentJob.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { AiTurns } from "../../../src/runtime/ai/AiTurns.ts"
import { classifyAi } from "../../../src/runtime/ai/classifyAi.ts"
import * as MeteredModel from "../../../src/runtime/ai/MeteredModel.ts"
import { makeProvider } from "../../../src/runtime/ai/OpenAiCompatible.ts"
import * as PgAiCalls from "../../../src/runtime/postgres/PgAiCalls.ts"
import * as PgAiTurns from "../../../src/runtime/postgres/PgAiTurns.ts"
import * as PgJobs from "../../../src/runtime/postgres/PgJobs.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { it } from "../../support/effect.ts"
import { emptyTables } from "../../support/emptyTables.ts"
import { type AiReply, type Answering, startFakeAi } from "../../support/FakeAi.ts"
import { idle, typesLayer } from "../../support/scripts.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"

const runtime = ManagedRuntime.make(
  Layer.mergeAll(PgJobs.layer, PgAiCalls.layer).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        TestDatabase.layer,
        typesLayer(idle),
        SecretBox.layer(Redacted.make(Buffer.alloc(32, 7).toString("base64")))
      )
    )
  )
)
afterAll(() => runtime.dispose())

/** A test that starts with empty tables. */
const inDatabase = <A, E>(
  name: string,
  body: Effect.Effect<A, E, ManagedRuntime.ManagedRuntime.Services<typeof runtime> | Scope.Scope>
) =>
  it.live(name, () =>
    Effect.promise(() =>
      runtime.runPromise(Effect.scoped(Effect.andThen(emptyTables("script_jobs", "ai_turns"), body)))
    )
  )

/** Each answer costs 50 tokens of a dollar a million each: 50 millionths; and at most 500 and the prompt. */
const prices = { input: 0, output: 1 }

interface Setting {
  readonly answering?: Answering
  readonly requestsPerMinute?: number
  readonly standardBudget?: number
}

const start = ({
  answering = () => ({ text: "Hello" }),
  requestsPerMinute = 6_000,
  standardBudget = 1
}: Setting = {}) =>
  Effect.gen(function* () {
    const ai = yield* startFakeAi(answering)
    const key = { baseUrl: ai.baseUrl, apiKey: Redacted.make("sk-test") }
    const provider = yield* makeProvider({
      ...key,
      model: "small",
      maxOutputTokens: 500,
      timeout: Duration.seconds(10)
    }).pipe(Effect.provide(FetchHttpClient.layer))
    const metered = MeteredModel.layer({ provider, model: "small", prices, maxOutputTokens: 500, standardBudget })
    const context = yield* Layer.build(
      Layer.provideMerge(metered, Layer.fresh(PgAiTurns.layer({ ...key, requestsPerMinute })))
    )
    const { job } = yield* (yield* Jobs).create({ jobType: "idle", input: {} })
    const running = Option.some({ id: job.id, jobId: job.jobId, organisationId: "default", attempt: 1 })
    const ask = (options: AiModelOptions, prompt = "Hello") =>
      Effect.flatMap(Context.get(context, AiModel).forJob(options), (model) =>
        LanguageModel.generateText({ prompt }).pipe(Effect.provideService(LanguageModel.LanguageModel, model))
      ).pipe(Effect.provideService(CurrentJob, running), Effect.provideService(CurrentStep, "outline"))
    const calls = yield* AiCalls
    return { ai, ask, context, running, job, calls, turns: Context.get(context, AiTurns) }
  })

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
  "gives turns to all processes together, at the pace of the key and after those that were kept",
  Effect.gen(function* () {
    // One a second, five kept.
    const one = yield* start({ requestsPerMinute: 60 })
    const other = yield* Layer.build(
      Layer.fresh(PgAiTurns.layer({ baseUrl: one.ai.baseUrl, apiKey: Redacted.make("sk-test"), requestsPerMinute: 60 }))
    )
    const taking = [one.turns, Context.get(other, AiTurns)]

    const startedMs = yield* Clock.currentTimeMillis
    const turns = yield* Effect.forEach(
      Array.from({ length: 60 }, (_, index) => taking[index % 2]!),
      ({ take }) => take,
      { concurrency: 4 }
    )
    const seconds = Math.ceil(((yield* Clock.currentTimeMillis) - startedMs) / 1_000)

    const waits = turns.flatMap(({ _tag, wait }) => (_tag === "Taken" ? [Duration.toSeconds(wait)] : []))
    // Five that were kept and one that is due, then one a second, for as long as anybody waits.
    expect(waits.filter((wait) => wait === 0).length).toBeGreaterThanOrEqual(6)
    expect(waits.length).toBeGreaterThanOrEqual(26)
    expect(waits.length).toBeLessThanOrEqual(27 + seconds)
    expect(Math.max(...waits)).toBeLessThanOrEqual(20)
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
