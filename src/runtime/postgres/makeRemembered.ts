/**
 * What was looked up, for a short time by a clock that nobody sets. By the wall clock, a key that was revoked would be good
 * for as long as that clock goes back.
 */
import { Cache, Clock, Duration, Effect, Exit } from "effect"
import { monotonicMsOf } from "../../domain/monotonicMs.ts"

interface Remembering<A> {
  readonly capacity: number
  readonly time: Duration.Duration
  /** What is not kept is looked up each time, as is what failed. */
  readonly keeps?: (found: A) => boolean
}

const unset = (clock: Clock.Clock): Clock.Clock => {
  const nowMs = () => monotonicMsOf(clock)
  return Object.create(clock, {
    currentTimeMillisUnsafe: { value: nowMs },
    currentTimeMillis: { value: Effect.sync(nowMs) }
  }) as Clock.Clock
}

export const makeRemembered = Effect.fnUntraced(function* <Key, A, E>(
  lookUp: (key: Key) => Effect.Effect<A, E>,
  { capacity, keeps = () => true, time }: Remembering<A>
) {
  const clock = yield* Clock.Clock
  const known = yield* Cache.makeWith((key: Key) => Effect.provideService(lookUp(key), Clock.Clock, clock), {
    capacity,
    timeToLive: (exit) => (Exit.isSuccess(exit) && keeps(exit.value) ? time : Duration.zero)
  })
  return {
    get: (key: Key) => Clock.clockWith((now) => Effect.provideService(Cache.get(known, key), Clock.Clock, unset(now))),
    forget: (key: Key) => Cache.invalidate(known, key),
    forgetAll: Cache.invalidateAll(known)
  }
})
