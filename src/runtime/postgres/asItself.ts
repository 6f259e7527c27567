/** Tables that members have no privilege on are read and written for them by Callboard itself. */
import { Effect, Option } from "effect"
import { CurrentCaller, DEFAULT_ORGANISATION } from "../../domain/Caller.ts"

/** What `work` reads and writes is bound to the caller's organisation by its own conditions. */
export const asItself = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.provideService(work, CurrentCaller, Option.none())

export const callerOrganisation = Effect.map(
  CurrentCaller,
  Option.match({ onNone: () => DEFAULT_ORGANISATION, onSome: ({ organisationId }) => organisationId })
)

export const callerSubject = Effect.map(
  CurrentCaller,
  Option.match({ onNone: () => null, onSome: ({ subject }) => subject })
)
