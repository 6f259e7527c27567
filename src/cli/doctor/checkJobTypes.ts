/** A team's own job types, loaded as the start loads them: with a file that cannot be used it refuses. */
import { Effect } from "effect"
import { joinJobTypes, loadOwnJobTypes } from "../../runtime/OwnJobTypes.ts"
import type { Settings } from "../../runtime/Settings.ts"
import { type Finding, fault, fine, warning } from "./Finding.ts"

const ABOUT = "job types"

const HOW = "CALLBOARD_CONFIG names the file; docs/writing-scripts.md says what is in it."

export const checkJobTypes = ({ config }: Settings): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.gen(function* () {
    const own = yield* loadOwnJobTypes(config)
    const { all, unavailable } = yield* joinJobTypes([], own)
    return [
      fine(ABOUT, own.length === 0 ? "those of Callboard, none of your own" : `${all.length} of your own`),
      ...unavailable.map((type) =>
        warning(
          ABOUT,
          `${type.name} is left out: ${type.fault?.message ?? "it cannot be used"}`,
          "The others can be used."
        )
      )
    ]
  }).pipe(Effect.catch(({ message }) => Effect.succeed([fault(ABOUT, message, HOW)])))
