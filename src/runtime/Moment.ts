import { Clock, Effect } from "effect"

/** The same moment on two clocks: the wall clock can be set, the monotonic one may stand still while a machine sleeps. */
export interface Moment {
  readonly wallMs: number
  readonly monotonicMs: number
}

export const momentOf = (clock: Clock.Clock): Moment => ({
  wallMs: clock.currentTimeMillisUnsafe(),
  monotonicMs: Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
})

export const moment: Effect.Effect<Moment> = Clock.clockWith((clock) => Effect.sync(() => momentOf(clock)))

export const msBetween = (from: Moment, to: Moment): number =>
  Math.max(to.wallMs - from.wallMs, to.monotonicMs - from.monotonicMs)
