/** The metered model on a database, behind a provider of the test's own. */
import { afterAll } from "bun:test"
import { Context, Duration, Effect, Layer, ManagedRuntime, Option, Redacted, type Scope } from "effect"
import { LanguageModel } from "effect/ai"
import { FetchHttpClient } from "effect/http"
import { AiCalls } from "../../../src/domain/AiCalls.ts"
import { AiModel, type AiModelOptions } from "../../../src/domain/AiModel.ts"
import { CurrentJob, CurrentStep } from "../../../src/domain/CurrentJob.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { AiTurns } from "../../../src/runtime/ai/AiTurns.ts"
import * as MeteredModel from "../../../src/runtime/ai/MeteredModel.ts"
import { makeProvider } from "../../../src/runtime/ai/OpenAiCompatible.ts"
import * as PgAiCalls from "../../../src/runtime/postgres/PgAiCalls.ts"
import * as PgAiTurns from "../../../src/runtime/postgres/PgAiTurns.ts"
import * as PgJobs from "../../../src/runtime/postgres/PgJobs.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { it } from "../../support/effect.ts"
import { emptyTables } from "../../support/emptyTables.ts"
import { type Answering, startFakeAi } from "../../support/FakeAi.ts"
import { idle, typesLayer } from "../../support/scripts.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"

const services = Layer.mergeAll(PgJobs.layer, PgAiCalls.layer).pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      TestDatabase.layer,
      typesLayer(idle),
      SecretBox.layer(Redacted.make(Buffer.alloc(32, 7).toString("base64")))
    )
  )
)
type Services = Layer.Success<typeof services>

/** Gives `inDatabase(name, body)`: a test that starts with empty tables. */
export const meteredTests = () => {
  const runtime = ManagedRuntime.make(services)
  afterAll(() => runtime.dispose())
  return <A, E>(name: string, body: Effect.Effect<A, E, Services | Scope.Scope>) =>
    it.live(name, () =>
      Effect.promise(() =>
        runtime.runPromise(Effect.scoped(Effect.andThen(emptyTables("script_jobs", "ai_turns"), body)))
      )
    )
}

/** Each answer costs 50 tokens of a dollar a million each: 50 millionths; and at most 500 and the prompt. */
const prices = { input: 0, output: 1 }

interface Setting {
  readonly answering?: Answering
  readonly requestsPerMinute?: number
  readonly standardBudget?: number
  /** Instead of those of the database. */
  readonly turns?: typeof AiTurns.Service
}

export const start = ({
  answering = () => ({ text: "Hello" }),
  requestsPerMinute = 6_000,
  standardBudget = 1,
  turns
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
      Layer.provideMerge(
        metered,
        turns ? Layer.succeed(AiTurns, turns) : Layer.fresh(PgAiTurns.layer({ ...key, requestsPerMinute }))
      )
    )
    const { job } = yield* (yield* Jobs).create({ jobType: "idle", input: {} })
    const running = Option.some({ id: job.id, jobId: job.jobId, organisationId: "default", attempt: 1 })
    /** One model, as one attempt has it. */
    const modelOf = (options: AiModelOptions) =>
      Effect.map(
        Context.get(context, AiModel).forJob(options),
        (model) => (prompt: string) =>
          LanguageModel.generateText({ prompt }).pipe(
            Effect.provideService(LanguageModel.LanguageModel, model),
            Effect.provideService(CurrentJob, running),
            Effect.provideService(CurrentStep, "outline")
          )
      )
    const ask = (options: AiModelOptions, prompt = "Hello") =>
      Effect.flatMap(modelOf(options), (askIt) => askIt(prompt))
    const calls = yield* AiCalls
    return { ai, ask, modelOf, context, running, job, calls, turns: Context.get(context, AiTurns) }
  })
