/** Milliseconds that never go back, whoever sets the clock: for how long something takes, and for nothing that is shown or stored. */
import { Clock, Effect } from "effect"

export const monotonicMsOf = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)

export const monotonicMs: Effect.Effect<number> = Clock.clockWith((clock) => Effect.sync(() => monotonicMsOf(clock)))
