import { Effect, Option } from "effect"
import { CurrentCaller, mayRule } from "../domain/Caller.ts"
import { NotAllowed } from "../domain/NotAllowed.ts"

/** A round of the clean-up concerns all organisations. Callboard itself needs nobody's leave. */
export const mayCleanUp = Effect.flatMap(CurrentCaller, (caller) =>
  Option.isNone(caller) || mayRule(caller.value) ? Effect.void : new NotAllowed({ operation: "cleanup" })
)
