import { Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { type JobType, JobTypes } from "../../domain/JobType.ts"
import { Lanes, type PauseRequest } from "../../domain/Lanes.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"
import { toJobTypeView } from "./JobTypeView.ts"
import { JobTypeNotFoundProblem } from "./problems.ts"

const notFound = (all: ReadonlyArray<JobType>) =>
  new JobTypeNotFoundProblem({ detail: `Use one of: ${all.map(({ name }) => name).join(", ")}.` })

export const layer = HttpApiBuilder.group(
  Api,
  "jobTypes",
  Effect.fnUntraced(function* (handlers) {
    const { all, find, unavailable } = yield* JobTypes
    const lanes = yield* Lanes

    const viewer = Effect.map(
      lanes.pausedTypes,
      (paused) => (type: JobType) => toJobTypeView(type, paused.get(type.name))
    )

    const change = Effect.fnUntraced(function* (name: string, pause: PauseRequest | undefined) {
      const type = yield* Effect.fromOption(find(name)).pipe(Effect.mapError(() => notFound(all)))
      yield* (pause === undefined ? lanes.resumeType(name) : lanes.pauseType(name, pause)).pipe(
        Effect.catchTag("UnknownJobType", () => Effect.fail(notFound(all)))
      )
      const view = yield* viewer
      return { data: yield* view(type) }
    }, answering)

    return handlers.handleAll({
      types: Effect.fnUntraced(function* () {
        // A name stands for one type: ours, where a team's has the same.
        const others = unavailable.filter(({ name }) => Option.isNone(find(name)))
        return { data: yield* Effect.forEach([...all, ...others], yield* viewer) }
      }, answering),

      pauseType: ({ params, payload }) => change(params.type, payload ?? {}),
      resumeType: ({ params }) => change(params.type, undefined)
    })
  })
)
