/** The AI model of a process, as its settings say, or why there is none. */
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { AiModel } from "../../domain/AiModel.ts"
import * as PgAiCalls from "../postgres/PgAiCalls.ts"
import * as PgAiTurns from "../postgres/PgAiTurns.ts"
import type { Settings } from "../Settings.ts"
import * as MeteredModel from "./MeteredModel.ts"
import { makeProvider } from "./OpenAiCompatible.ts"

/** A sentence for people; undefined when a model can be asked. */
export const missingForAi = ({ aiBaseUrl, aiModel }: Settings): string | undefined => {
  const unset = [
    ...(aiBaseUrl === undefined ? ["CALLBOARD_AI_BASE_URL"] : []),
    ...(aiModel === undefined ? ["CALLBOARD_AI_MODEL"] : [])
  ]
  return unset.length === 0
    ? undefined
    : `no AI model is set up. Set ${unset.join(" and ")} in every process, then restart Callboard.`
}

/** Jobs that need it are refused before they get this far. */
const none = Layer.succeed(AiModel, { forJob: () => Effect.die(new Error("No AI model is set up.")) })

const configured = (settings: Settings, baseUrl: string, model: string) => {
  const { aiApiKey: apiKey, aiMaxOutputTokens: maxOutputTokens, aiRequestsPerMinute: requestsPerMinute } = settings
  return Layer.unwrap(
    Effect.map(makeProvider({ baseUrl, apiKey, model, maxOutputTokens, timeout: settings.aiTimeout }), (provider) =>
      MeteredModel.layer({
        provider,
        model,
        maxOutputTokens,
        prices: { input: settings.aiInputPrice, output: settings.aiOutputPrice },
        standardBudget: settings.aiJobBudget
      })
    )
  ).pipe(Layer.provide([FetchHttpClient.layer, PgAiTurns.layer({ baseUrl, apiKey, requestsPerMinute })]))
}

/** With what was asked, for those who look at it. */
export const layer = (settings: Settings) => {
  const { aiBaseUrl, aiModel } = settings
  const model = aiBaseUrl === undefined || aiModel === undefined ? none : configured(settings, aiBaseUrl, aiModel)
  return Layer.provideMerge(model, PgAiCalls.layer)
}
