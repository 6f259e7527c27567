import { expect } from "bun:test"
import { Deferred, Duration, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { giveUpAfter } from "../../src/runtime/giveUpAfter.ts"
import { it } from "../support/effect.ts"

const LIMIT = Duration.seconds(2)

/** Does not end when it is interrupted, but 5 s later. */
const slowToEnd = (ended: Deferred.Deferred<void>) =>
  Effect.never.pipe(
    Effect.onInterrupt(() => Effect.andThen(Effect.sleep("5 seconds"), Deferred.succeed(ended, undefined)))
  )

it.effect("fails when the time is up, while what it gave up still ends", () =>
  Effect.gen(function* () {
    const ended = yield* Deferred.make<void>()
    const waiting = yield* Effect.forkChild(Effect.exit(giveUpAfter(LIMIT)(slowToEnd(ended))))
    yield* TestClock.adjust("2 seconds")

    expect(Exit.isFailure(yield* Fiber.join(waiting))).toBe(true)
    expect(yield* Deferred.isDone(ended)).toBe(false)
    yield* TestClock.adjust("5 seconds")
    expect(yield* Deferred.isDone(ended)).toBe(true)
  })
)

it.effect("gives results and failures as they are, and interrupts what nobody waits for any more", () =>
  Effect.gen(function* () {
    expect(yield* giveUpAfter(LIMIT)(Effect.succeed(1))).toBe(1)
    expect(yield* Effect.flip(giveUpAfter(LIMIT)(Effect.fail("no")))).toBe("no")

    const ended = yield* Deferred.make<void>()
    const waiting = yield* Effect.forkChild(giveUpAfter(LIMIT)(slowToEnd(ended)), { startImmediately: true })
    yield* Fiber.interrupt(waiting)
    yield* TestClock.adjust("5 seconds")
    expect(yield* Deferred.isDone(ended)).toBe(true)
  })
)
