/** Removes the bytes of files that are gone. Any number of processes may do it. */
import { Effect } from "effect"
import { Artifacts } from "../../domain/Artifacts.ts"

export const sweepOnce = Effect.gen(function* () {
  const swept = yield* (yield* Artifacts).sweep
  if (swept > 0) yield* Effect.logInfo("removed files of jobs").pipe(Effect.annotateLogs({ files: swept }))
}).pipe(Effect.catchCause((cause) => Effect.logWarning("could not remove files of jobs; trying again", cause)))
