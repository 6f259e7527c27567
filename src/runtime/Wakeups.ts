/** When a lane should look for work again. A wake-up is a hint: one too many costs a query, one too few costs a beat. */
import { Context, Duration, Effect, Latch, Layer } from "effect"
import { type Lane, lanes } from "../domain/Lane.ts"
import { monotonicMs } from "../domain/monotonicMs.ts"

interface LaneState {
  /** Open: look now. */
  readonly ready: Latch.Latch
  /** Opened when `dueAtMs` moved, so that a sleeper looks at the time again. */
  readonly moved: Latch.Latch
  /** On this process's clock. */
  dueAtMs: number | undefined
}

export class Wakeups extends Context.Service<
  Wakeups,
  {
    readonly wake: (lane: Lane) => Effect.Effect<void>
    readonly wakeAll: Effect.Effect<void>
    /** A pending job of the lane becomes due in so many milliseconds; 0 or less is now. */
    readonly dueIn: (lane: Lane, ms: number) => Effect.Effect<void>
    /** There is something for the janitor. */
    readonly untidy: Effect.Effect<void>
    readonly awaitUntidy: Effect.Effect<void>
    /** Somebody should beat now: news may have been missed. */
    readonly beat: Effect.Effect<void>
    readonly awaitBeat: Effect.Effect<void>
    /** Waits for the next wake-up of the lane, or until its next due time. */
    readonly wait: (lane: Lane) => Effect.Effect<void>
  }
>()("callboard/runtime/Wakeups") {
  static readonly layer = Layer.sync(Wakeups, () => {
    const states = new Map<Lane, LaneState>(
      lanes.map((lane) => [
        lane,
        { ready: Latch.makeUnsafe(false), moved: Latch.makeUnsafe(false), dueAtMs: undefined }
      ])
    )
    const state = (lane: Lane) => states.get(lane)!
    const untidy = Latch.makeUnsafe(false)
    const beat = Latch.makeUnsafe(false)
    const awaitOnce = (latch: Latch.Latch) => Latch.await(latch).pipe(Effect.andThen(Latch.close(latch)), Effect.asVoid)
    const wake = (lane: Lane) => Effect.asVoid(Latch.open(state(lane).ready))

    const sleepUntilDue = (lane: Lane): Effect.Effect<void> =>
      Effect.gen(function* () {
        const { dueAtMs, moved } = state(lane)
        moved.closeUnsafe()
        const now = yield* monotonicMs
        const timer = dueAtMs === undefined ? Effect.never : Effect.sleep(Duration.millis(Math.max(0, dueAtMs - now)))
        const due = yield* timer.pipe(Effect.as(true), Effect.raceFirst(Effect.as(Latch.await(moved), false)))
        if (!due) return yield* sleepUntilDue(lane)
        state(lane).dueAtMs = undefined
      })

    return Wakeups.of({
      wake,
      wakeAll: Effect.forEach(lanes, wake, { discard: true }),
      untidy: Effect.asVoid(Latch.open(untidy)),
      awaitUntidy: awaitOnce(untidy),
      beat: Effect.asVoid(Latch.open(beat)),
      awaitBeat: awaitOnce(beat),
      dueIn: (lane, ms) =>
        Effect.gen(function* () {
          if (ms <= 0) return yield* wake(lane)
          const dueAtMs = (yield* monotonicMs) + ms
          const current = state(lane)
          if (current.dueAtMs !== undefined && current.dueAtMs <= dueAtMs) return
          current.dueAtMs = dueAtMs
          yield* Latch.open(current.moved)
        }),
      wait: (lane) => {
        const { ready } = state(lane)
        return Effect.raceFirst(Latch.await(ready), sleepUntilDue(lane)).pipe(
          Effect.andThen(Latch.close(ready)),
          Effect.asVoid
        )
      }
    })
  })
}
