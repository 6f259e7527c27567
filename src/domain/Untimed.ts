/** For waits that are none of a script's work: they do not use up the time that its attempt may take. */
import { Context, type Effect } from "effect"

export type Untimed = <A, E, R>(wait: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Outside of attempts nothing is timed. Whatever runs an attempt sets it. */
export const Untimed = Context.Reference<Untimed>("callboard/domain/Untimed", { defaultValue: () => (wait) => wait })
