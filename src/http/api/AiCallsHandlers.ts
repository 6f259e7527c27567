import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { AiCalls } from "../../domain/AiCalls.ts"
import { jobRefOf } from "../../domain/Jobs.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "aiCalls",
  Effect.fnUntraced(function* (handlers) {
    const { list, use } = yield* AiCalls

    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ params }) {
        const ref = yield* jobRefOf(params.id)
        return { data: { use: yield* use(ref), calls: yield* list(ref) } }
      }, answering)
    })
  })
)
