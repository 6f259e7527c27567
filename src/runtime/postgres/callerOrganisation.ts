/** The organisation for which the current fiber works. */
import { Effect, Option } from "effect"
import { CurrentCaller, DEFAULT_ORGANISATION } from "../../domain/Caller.ts"

export const callerOrganisation: Effect.Effect<string> = Effect.map(CurrentCaller, (caller) =>
  Option.match(caller, { onNone: () => DEFAULT_ORGANISATION, onSome: ({ organisationId }) => organisationId })
)
