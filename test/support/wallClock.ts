/** A wall clock that somebody sets, while sleeps and the monotonic clock go on as before. */
import { setSystemTime } from "bun:test"
import { Clock, Effect } from "effect"

export const HOURS_2 = 7_200_000

export const withWallClock = <A, E, R>(body: (move: (byMs: number) => void) => Effect.Effect<A, E, R>) =>
  Clock.clockWith((clock) => {
    let movedByMs = 0
    const nowMs = () => clock.currentTimeMillisUnsafe() + movedByMs
    const moved = Object.create(clock, {
      currentTimeMillisUnsafe: { value: nowMs },
      currentTimeMillis: { value: Effect.sync(nowMs) }
    }) as Clock.Clock
    const move = (byMs: number) => {
      movedByMs += byMs
    }
    return Effect.provideService(body(move), Clock.Clock, moved)
  })

/** What this process takes for the time, until the scope closes. */
export const setClock = (byMs: number) =>
  Effect.acquireRelease(
    Effect.sync(() => setSystemTime(new Date(Date.now() + byMs))),
    () => Effect.sync(() => setSystemTime())
  )

export const setBack = setClock(-HOURS_2)
