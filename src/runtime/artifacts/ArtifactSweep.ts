/** Removes the bytes of files that are gone. Any number of processes may do it. */
import { Duration, Effect } from "effect"
import { Artifacts } from "../../domain/Artifacts.ts"
import { round } from "../backgroundRounds.ts"

/** Many files in a slow bucket take minutes; what is left then is met again. */
const LONGEST = Duration.minutes(30)

export const sweepOnce = Effect.gen(function* () {
  const swept = yield* (yield* Artifacts).sweep
  if (swept > 0) yield* Effect.logInfo("removed files of jobs").pipe(Effect.annotateLogs({ files: swept }))
}).pipe(round({ complaint: "could not remove files of jobs; trying again", longest: LONGEST }), Effect.asVoid)
