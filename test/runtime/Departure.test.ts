import { expect } from "bun:test"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Departure } from "../../src/runtime/Departure.ts"
import { it } from "../support/effect.ts"

const leaving = Effect.gen(function* () {
  const departure = yield* Departure
  yield* departure.begin
  const waiting = yield* Effect.forkChild(departure.wait, { startImmediately: true })
  return { departure, isOver: () => waiting.pollUnsafe() !== undefined, waiting }
})

const after = (delay: "0 seconds" | "10 seconds") => Effect.provide(Departure.layer(delay))

it.effect("says that the process goes, and lets requests in until the delay is over", () =>
  Effect.gen(function* () {
    const { departure, isOver, waiting } = yield* leaving

    expect(yield* departure.hasBegun).toBe(true)
    yield* TestClock.adjust("9999 millis")
    expect(isOver()).toBe(false)
    yield* TestClock.adjust("1 millis")
    yield* Fiber.join(waiting)
  }).pipe(after("10 seconds"))
)

it.effect("counts the time that the worker took to drain", () =>
  Effect.gen(function* () {
    const departure = yield* Departure
    expect(yield* departure.hasBegun).toBe(false)
    yield* departure.begin
    yield* TestClock.adjust("10 seconds")

    yield* departure.wait
  }).pipe(after("10 seconds"))
)

it.effect("waits for nothing without a delay", () =>
  Effect.gen(function* () {
    const { waiting } = yield* leaving

    yield* Fiber.join(waiting)
  }).pipe(after("0 seconds"))
)
