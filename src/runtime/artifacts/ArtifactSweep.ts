/** Now and then removes the bytes of files that are gone. Any number of processes may do it. */
import { Duration, Effect, Layer } from "effect"
import { Artifacts } from "../../domain/Artifacts.ts"

/** How long the bytes of a removed job stay at most, while this process runs. */
const EVERY = Duration.seconds(30)

export const sweepOnce = Effect.gen(function* () {
  const swept = yield* (yield* Artifacts).sweep
  if (swept > 0) yield* Effect.logInfo("removed files of jobs").pipe(Effect.annotateLogs({ files: swept }))
}).pipe(Effect.catchCause((cause) => Effect.logWarning("could not remove files of jobs; trying again", cause)))

export const layer = Layer.effectDiscard(
  sweepOnce.pipe(Effect.andThen(Effect.sleep(EVERY)), Effect.forever, Effect.forkScoped)
)
