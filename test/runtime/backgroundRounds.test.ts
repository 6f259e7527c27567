import { expect } from "bun:test"
import { Deferred, Duration, Effect, Exit, Logger, Scope } from "effect"
import { TestClock } from "effect/testing"
import { keepDoing, round } from "../../src/runtime/backgroundRounds.ts"
import { it } from "../support/effect.ts"

const often = { complaint: "the round failed", pause: Effect.sleep("30 seconds") }

/** Ends 5 s after it was interrupted, as a statement does whose server is silent. */
const silent = (ended: Deferred.Deferred<void>) =>
  Effect.never.pipe(
    Effect.onInterrupt(() => Effect.andThen(Effect.sleep("5 seconds"), Deferred.succeed(ended, undefined)))
  )

it.effect("does a round at once and one after each pause, and logs one warning for each that fails", () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${message}`))
  return Effect.gen(function* () {
    let rounds = 0
    const work = Effect.suspend(() => (++rounds === 2 ? Effect.fail("away") : Effect.void))
    yield* keepDoing(often)(work)
    yield* TestClock.adjust("1 second")
    expect(rounds).toBe(1)

    yield* TestClock.adjust("30 seconds")
    expect(rounds).toBe(2)
    expect(lines).toEqual(["Warn the round failed"])
    yield* TestClock.adjust("33 seconds")
    expect(rounds).toBe(2)
    yield* TestClock.adjust("1 second")
    expect(rounds).toBe(3)
    expect(lines).toHaveLength(1)
  }).pipe(Effect.provide(Logger.layer([logger])))
})

it.effect("gives a round up that takes too long, and does the next one", () =>
  Effect.gen(function* () {
    const ended = yield* Deferred.make<void>()
    let rounds = 0
    const work = Effect.suspend(() => (++rounds === 1 ? silent(ended) : Effect.void))
    yield* keepDoing({ ...often, longest: Duration.seconds(10) })(work)

    yield* TestClock.adjust("46 seconds")

    expect(rounds).toBe(2)
  })
)

it.effect("ends at once with its scope, however many rounds are under way", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const ends = yield* Effect.forEach([1, 2, 3], () => Deferred.make<void>())
    yield* Effect.forEach(ends, (ended) => Scope.provide(keepDoing(often)(silent(ended)), scope))
    yield* TestClock.adjust("1 second")

    // No time passes, so a round that was waited for would never end.
    yield* Scope.close(scope, Exit.void)

    for (const ended of ends) expect(yield* Deferred.isDone(ended)).toBe(false)
    yield* TestClock.adjust("5 seconds")
    for (const ended of ends) expect(yield* Deferred.isDone(ended)).toBe(true)
  })
)

it.effect("says whether a single round was done", () =>
  Effect.gen(function* () {
    expect(yield* round(often)(Effect.void)).toBe(true)
    expect(yield* round(often)(Effect.fail("away"))).toBe(false)
    expect(yield* round(often)(Effect.die("a bug"))).toBe(false)
  })
)
