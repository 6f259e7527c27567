/** A time limit that holds. `Effect.timeout` waits until what it gave up has ended, and a statement takes its time. */
import { type Cause, type Duration, Effect, Fiber } from "effect"

/**
 * Like `Effect.timeout`, but fails when the time is up. What is given up is interrupted and ends by itself: an
 * interrupted statement waits for the server's last word for up to 5 s, which is how a server that went silent looks.
 */
export const giveUpAfter =
  (limit: Duration.Duration) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | Cause.TimeoutError, R> =>
    Effect.acquireUseRelease(
      Effect.forkDetach(effect, { startImmediately: true }),
      (fiber) => Effect.timeout(Fiber.join(fiber), limit),
      (fiber) => Effect.sync(() => fiber.interruptUnsafe())
    )
