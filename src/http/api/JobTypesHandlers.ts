import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { JobTypes } from "../../domain/JobType.ts"
import { Api } from "./Api.ts"
import { toJobTypeView } from "./JobTypeView.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "jobTypes",
  Effect.fnUntraced(function* (handlers) {
    const { all } = yield* JobTypes

    return handlers.handleAll({
      // A schema that is no JSON is a mistake of the job type's author, not of the caller.
      types: () =>
        Effect.forEach(all, toJobTypeView).pipe(
          Effect.orDie,
          Effect.map((data) => ({ data }))
        )
    })
  })
)
