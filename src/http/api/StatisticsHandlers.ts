import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Statistics } from "../../domain/Statistics.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "statistics",
  Effect.fnUntraced(function* (handlers) {
    const { read } = yield* Statistics

    return handlers.handleAll({ stats: () => answering(Effect.map(read, (data) => ({ data }))) })
  })
)
