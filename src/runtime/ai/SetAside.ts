/**
 * Calls of one attempt that run side by side. Each has set aside the most that it can cost and gives most of it back, so
 * one that does not fit beside them waits for them.
 */
import { Effect, Latch, Semaphore } from "effect"

export interface SetAside {
  /** `begin` sets the money aside where there is enough. False when there is not, with no other call open. */
  readonly take: <E>(begin: Effect.Effect<boolean, E>) => Effect.Effect<boolean, E>
  /** A call has ended, and what it cost is written down. */
  readonly ended: Effect.Effect<void>
}

export const makeSetAside = (): SetAside => {
  // One that waits is not overtaken by smaller ones.
  const line = Semaphore.makeUnsafe(1)
  let open = 0
  let nextEnd = Latch.makeUnsafe(false)
  return {
    take: (begin) =>
      line.withPermit(
        Effect.gen(function* () {
          for (;;) {
            const end = nextEnd
            const isAlone = open === 0
            if (yield* begin) {
              open += 1
              return true
            }
            if (isAlone) return false
            yield* Latch.await(end)
          }
        })
      ),
    ended: Effect.sync(() => {
      open -= 1
      nextEnd.openUnsafe()
      nextEnd = Latch.makeUnsafe(false)
    })
  }
}
