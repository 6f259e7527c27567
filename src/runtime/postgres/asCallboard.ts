import { Effect, Option } from "effect"
import { CurrentCaller } from "../../domain/Caller.ts"

/** Callboard's own work for a caller, on tables that no caller may touch: keys, sessions, the audit trail. */
export const asCallboard = Effect.provideService(CurrentCaller, Option.none())
