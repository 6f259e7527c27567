/** Has the estimates made anew each minute. Any number of workers may ask; one of them does the work. */
import { Duration, Effect, Layer } from "effect"
import { JobEstimates } from "../domain/JobEstimates.ts"
import { keepDoing } from "./backgroundRounds.ts"

const EVERY = Duration.minutes(1)

export const layer = Layer.effectDiscard(
  Effect.flatMap(JobEstimates, ({ refresh }) =>
    keepDoing({ complaint: "could not make estimates; trying again", pause: Effect.sleep(EVERY) })(refresh)
  )
)
