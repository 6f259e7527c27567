/** Whose rows a statement is about. What Callboard does for itself is done for those who name no organisation. */
import { Effect, Option } from "effect"
import { CurrentCaller, DEFAULT_ORGANISATION } from "../../domain/Caller.ts"

export const callersOrganisation = Effect.map(CurrentCaller, (caller) =>
  Option.match(caller, { onNone: () => DEFAULT_ORGANISATION, onSome: ({ organisationId }) => organisationId })
)
