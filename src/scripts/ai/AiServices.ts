/** What AI scripts work with, and what all of them take. */
import { Effect, Option, Schema } from "effect"
import { LanguageModel } from "effect/ai"
import type { AiModel } from "../../domain/AiModel.ts"
import { type Caller, CurrentCaller } from "../../domain/Caller.ts"
import { CurrentJob } from "../../domain/CurrentJob.ts"
import type { JobReports } from "../../domain/JobReports.ts"
import type { Jobs } from "../../domain/Jobs.ts"

export interface AiServices {
  readonly model: typeof AiModel.Service
  readonly jobs: typeof Jobs.Service
  readonly reports: typeof JobReports.Service
}

/** They come later: what stores jobs needs to know all job types first. */
export type LaterServices = Effect.Effect<AiServices>

export const budgetField = {
  budgetUsd: Schema.optionalKey(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1_000 })).annotate({
      title: "AI budget in US dollars",
      description:
        "The job stops before its questions to the AI model cost more. Standard, and the most: the server’s setting."
    })
  )
}

export interface ModelWish {
  readonly budgetUsd?: number | undefined
  readonly personal?: ReadonlyArray<string>
}

/** Runs a script with a model of its own, whose cost it pays. */
export const withModel =
  (services: LaterServices, wish: ModelWish) =>
  <A, E, R>(script: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, LanguageModel.LanguageModel>> =>
    Effect.flatMap(services, ({ model }) =>
      Effect.flatMap(model.forJob(wish), (own) => Effect.provideService(script, LanguageModel.LanguageModel, own))
    )

/** What the job's creator may see and do, and nothing else. */
export const asCreator =
  (jobs: typeof Jobs.Service) =>
  <A, E, R>(work: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const running = yield* CurrentJob
      if (Option.isNone(running)) return yield* Effect.die(new Error("This works inside of a job only."))
      const { createdBy = "callboard", organisationId } = yield* jobs.get(running.value.id)
      const caller: Caller = { via: "job", subject: createdBy, name: createdBy, role: "member", organisationId }
      return yield* Effect.provideService(work, CurrentCaller, Option.some(caller))
    })
