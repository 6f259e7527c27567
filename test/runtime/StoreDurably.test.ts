import { expect } from "bun:test"
import { Effect, Fiber, Logger } from "effect"
import { TestClock } from "effect/testing"
import { QueueUnavailable } from "../../src/domain/JobQueue.ts"
import { untilAnswered } from "../../src/runtime/StoreDurably.ts"
import { it } from "../support/effect.ts"

it.effect("says once that the database has not taken a write for half a minute, and goes on until it does", () =>
  Effect.gen(function* () {
    const told: Array<unknown> = []
    const logger = Logger.make(({ message }) => {
      told.push(message)
    })
    let isAway = true
    const write = Effect.suspend(() =>
      isAway ? Effect.fail(new QueueUnavailable({ operation: "settle", cause: "away" })) : Effect.succeed("stored")
    )

    const storing = yield* Effect.forkChild(untilAnswered(write).pipe(Effect.provide(Logger.layer([logger]))), {
      startImmediately: true
    })
    yield* TestClock.adjust("29 seconds")
    expect(told).toEqual([])
    yield* TestClock.adjust("2 seconds")
    expect(told).toHaveLength(1)
    yield* TestClock.adjust("1 minute")
    isAway = false
    yield* TestClock.adjust("1 second")

    expect(yield* Fiber.join(storing)).toBe("stored")
    expect(told).toHaveLength(1)
  })
)
