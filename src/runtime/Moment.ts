import { Clock, Effect } from "effect"
import { monotonicMsOf } from "../domain/monotonicMs.ts"

/** The same moment on two clocks: the wall clock can be set, the monotonic one may stand still while a machine sleeps. */
export interface Moment {
  readonly wallMs: number
  readonly monotonicMs: number
}

export const momentOf = (clock: Clock.Clock): Moment => ({
  wallMs: clock.currentTimeMillisUnsafe(),
  monotonicMs: monotonicMsOf(clock)
})

export const moment: Effect.Effect<Moment> = Clock.clockWith((clock) => Effect.sync(() => momentOf(clock)))

export const msBetween = (from: Moment, to: Moment): number =>
  Math.max(to.wallMs - from.wallMs, to.monotonicMs - from.monotonicMs)
