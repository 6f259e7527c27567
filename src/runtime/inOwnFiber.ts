/**
 * Runs a script in a fiber of its own, as if it were run here. Where something of it gives what is no Effect, the run
 * loop drops that fiber with all it had still to do: were it that of the attempt, nothing it holds would be closed.
 */
import { Effect, Fiber } from "effect"

export const inOwnFiber = <A, E, R>(script: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkChild(script, { startImmediately: true }), (fiber) => {
      const exit = fiber.pollUnsafe()
      if (exit !== undefined) return exit
      // What stops the attempt stops the script, and waits for how it ends.
      return Effect.catchCause(restore(Fiber.join(fiber)), () =>
        Effect.andThen(Fiber.interrupt(fiber), Fiber.join(fiber))
      )
    })
  )
