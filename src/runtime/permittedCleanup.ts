import { Effect, Layer, Option } from "effect"
import { CurrentCaller, mayRule } from "../domain/Caller.ts"
import { NotAllowed } from "../domain/NotAllowed.ts"
import { Cleanup } from "../domain/Upkeep.ts"

/** A round of the clean-up concerns all organisations. Callboard itself needs nobody's leave. */
const mayCleanUp = Effect.flatMap(CurrentCaller, (caller) =>
  Option.isNone(caller) || mayRule(caller.value) ? Effect.void : new NotAllowed({ operation: "cleanup" })
)

/** Outside of the work and of its entry in the audit trail: what nobody may do leaves none. */
export const permittedCleanup = Layer.effect(
  Cleanup,
  Effect.map(Cleanup, ({ run }) => Cleanup.of({ run: Effect.andThen(mayCleanUp, run) }))
)
