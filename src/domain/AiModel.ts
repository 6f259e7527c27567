/** The language model that AI jobs ask. Each call is counted, paid from the job's budget and written down. */
import { Context, type Effect } from "effect"
import type { LanguageModel } from "effect/ai"

export interface AiModelOptions {
  /** US dollars that the whole job may cost, all its attempts together. Default: the setting. */
  readonly budgetUsd?: number | undefined
  /** Names, addresses and the like that the job knows to be personal: kept out of what is written down. */
  readonly personal?: ReadonlyArray<string>
}

export class AiModel extends Context.Service<
  AiModel,
  {
    readonly forJob: (options: AiModelOptions) => Effect.Effect<LanguageModel.LanguageModel>
  }
>()("callboard/domain/AiModel") {}
