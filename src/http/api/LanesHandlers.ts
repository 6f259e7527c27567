import { Effect, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Lane, lanes } from "../../domain/Lane.ts"
import { Lanes } from "../../domain/Lanes.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"
import { LaneNotFoundProblem } from "./problems.ts"

const laneOf = (text: string) =>
  Schema.decodeUnknownEffect(Lane)(text).pipe(
    Effect.mapError(() => new LaneNotFoundProblem({ detail: `Use one of: ${lanes.join(", ")}.` }))
  )

export const layer = HttpApiBuilder.group(
  Api,
  "lanes",
  Effect.fnUntraced(function* (handlers) {
    const service = yield* Lanes

    return handlers.handleAll({
      lanes: () => answering(Effect.map(service.list, (data) => ({ data }))),

      pauseLane: Effect.fnUntraced(function* ({ params, payload }) {
        return { data: yield* service.pause(yield* laneOf(params.lane), payload ?? {}) }
      }, answering),

      resumeLane: Effect.fnUntraced(function* ({ params }) {
        return { data: yield* service.resume(yield* laneOf(params.lane)) }
      }, answering)
    })
  })
)
