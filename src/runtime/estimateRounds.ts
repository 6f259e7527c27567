/** Has the estimates made anew each minute. Any number of workers may ask; one of them does the work. */
import { Duration, Effect, Layer } from "effect"
import { JobEstimates } from "../domain/JobEstimates.ts"

const EVERY = Duration.minutes(1)

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { refresh } = yield* JobEstimates
    const round = refresh.pipe(
      Effect.catchCause((cause) => Effect.logWarning("could not make estimates; trying again", cause)),
      Effect.andThen(Effect.sleep(EVERY))
    )
    yield* Effect.forkScoped(Effect.forever(round))
  })
)
