/** What AI scripts work with in tests: a model behind a provider of the test's own, and no database. */
import { Duration, Effect, Redacted } from "effect"
import { LanguageModel } from "effect/ai"
import { FetchHttpClient } from "effect/http"
import { AiModel } from "../../../src/domain/AiModel.ts"
import type { JobReports } from "../../../src/domain/JobReports.ts"
import type { Jobs } from "../../../src/domain/Jobs.ts"
import { makeProvider } from "../../../src/runtime/ai/OpenAiCompatible.ts"
import type { AiServices } from "../../../src/scripts/ai/AiServices.ts"
import { type Answering, startFakeAi } from "../../support/FakeAi.ts"

const absent = (): never => {
  throw new Error("not in this test")
}

/** Calls of what a test does not give are bugs. */
export const nothing = <A extends object>(given: Partial<A> = {}): A =>
  new Proxy(given, { get: (target, key) => Reflect.get(target, key) ?? absent }) as A

export const startAi = (answering: Answering, given: Partial<AiServices> = {}) =>
  Effect.gen(function* () {
    const ai = yield* startFakeAi(answering)
    const provider = yield* makeProvider({
      baseUrl: ai.baseUrl,
      apiKey: Redacted.make("sk-test"),
      model: "small",
      maxOutputTokens: 500,
      timeout: Duration.seconds(10)
    }).pipe(Effect.provide(FetchHttpClient.layer))
    const services: AiServices = {
      model: AiModel.of({ forJob: () => LanguageModel.make(provider) }),
      jobs: nothing<typeof Jobs.Service>(),
      reports: nothing<typeof JobReports.Service>(),
      ...given
    }
    return { ai, services: Effect.succeed(services) }
  })
