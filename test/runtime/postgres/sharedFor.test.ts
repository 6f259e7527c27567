import { expect } from "bun:test"
import { Duration, Effect, Exit, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"
import { CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { makeShared, sharedFor } from "../../../src/runtime/postgres/sharedFor.ts"
import { it } from "../../support/effect.ts"
import { HOURS_2, withWallClock } from "../../support/wallClock.ts"

const of = (organisationId: string) =>
  Effect.provideService(CurrentCaller, Option.some({ ...localCaller, organisationId }))

const counting = () => {
  let loads = 0
  const load = Effect.andThen(
    Effect.yieldNow,
    Effect.sync(() => ++loads)
  )
  return { get: sharedFor(Duration.seconds(2))(load), loads: () => loads }
}

it.effect("loads once for all of an organisation who ask within the time, also at the same moment", () =>
  Effect.gen(function* () {
    const { get } = counting()

    const first = yield* Effect.all([get, get, get], { concurrency: "unbounded" })
    yield* TestClock.adjust("1999 millis")
    const later = yield* get
    yield* TestClock.adjust("1 millis")
    const fresh = yield* get

    expect([...first, later, fresh]).toEqual([1, 1, 1, 1, 2])
  })
)

it.effect("loads again after the time, also when the clock was set back meanwhile", () =>
  withWallClock((move) =>
    Effect.gen(function* () {
      const { get } = counting()
      const first = yield* get
      move(-HOURS_2)
      yield* TestClock.adjust("2 seconds")

      expect([first, yield* get]).toEqual([1, 2])
    })
  )
)

it.effect("never gives one organisation what was loaded for another", () =>
  Effect.gen(function* () {
    const { get, loads } = counting()

    const answers = yield* Effect.all([of("north")(get), of("south")(get), get])

    expect(answers).toEqual([1, 2, 3])
    expect(yield* of("north")(get)).toBe(1)
    expect(loads()).toBe(3)
  })
)

it.effect("keeps no failure", () =>
  Effect.gen(function* () {
    let broken = true
    const get = sharedFor(Duration.seconds(2))(Effect.suspend(() => (broken ? Effect.fail("away") : Effect.succeed(7))))

    const failed = yield* Effect.flip(get)
    broken = false

    expect(failed).toBe("away")
    expect(yield* get).toBe(7)
  })
)

it.effect("tells all who wait at once that the database is away, and not one after the other", () =>
  Effect.gen(function* () {
    let loads = 0
    const silent = Effect.suspend(() => {
      loads++
      return Effect.andThen(Effect.sleep("8 seconds"), Effect.fail("away"))
    })
    const get = sharedFor(Duration.seconds(2))(silent)
    const tabs = yield* Effect.forEach(Array.from({ length: 10 }), () =>
      Effect.forkChild(get, { startImmediately: true })
    )

    yield* TestClock.adjust("8 seconds")

    expect(tabs.map((tab) => tab.pollUnsafe())).toEqual(tabs.map(() => Exit.fail("away")))
    expect(loads).toBe(1)
  })
)

it.effect("answers those who wait also when the one who loads for all leaves", () =>
  Effect.gen(function* () {
    const get = sharedFor(Duration.seconds(2))(Effect.as(Effect.sleep("1 second"), 7))
    const [first, ...others] = yield* Effect.forEach(Array.from({ length: 3 }), () =>
      Effect.forkChild(get, { startImmediately: true })
    )

    yield* Fiber.interrupt(first!)
    yield* TestClock.adjust("1 second")

    expect(others.map((tab) => tab.pollUnsafe())).toEqual([Exit.succeed(7), Exit.succeed(7)])
  })
)

it.effect("forgets what was asked first when there is too much", () =>
  Effect.gen(function* () {
    let loads = 0
    const ask = makeShared<number, never>(Duration.seconds(2))
    const get = (key: string) =>
      ask(
        key,
        Effect.sync(() => ++loads)
      )
    yield* Effect.forEach(Array.from({ length: 1_001 }), (_, index) => get(`${index}`))

    expect(yield* get("1000")).toBe(1_001)
    expect(yield* get("0")).toBe(1_002)
  })
)
