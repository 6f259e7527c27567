import { expect } from "bun:test"
import { Clock, Duration, Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { makeRemembered } from "../../../src/runtime/postgres/makeRemembered.ts"
import { it } from "../../support/effect.ts"
import { HOURS_2, withWallClock } from "../../support/wallClock.ts"

const remembering = { capacity: 10, time: Duration.seconds(3) }

it.effect("forgets after its time, also when the clock is set back meanwhile", () =>
  withWallClock((move) =>
    Effect.gen(function* () {
      let lookUps = 0
      const known = yield* makeRemembered((_: string) => Effect.sync(() => ++lookUps), remembering)
      const first = yield* known.get("key")
      move(-HOURS_2)
      yield* TestClock.adjust("2999 millis")
      const kept = yield* known.get("key")
      yield* TestClock.adjust("1 millis")

      expect([first, kept, yield* known.get("key")]).toEqual([1, 1, 2])
    })
  )
)

it.effect("remembers for its time when the clock is set forward", () =>
  withWallClock((move) =>
    Effect.gen(function* () {
      let lookUps = 0
      const known = yield* makeRemembered((_: string) => Effect.sync(() => ++lookUps), remembering)
      yield* known.get("key")
      move(HOURS_2)

      expect(yield* known.get("key")).toBe(1)
    })
  )
)

it.effect("remembers nothing that is not to be kept, and no failure", () =>
  Effect.gen(function* () {
    let lookUps = 0
    const lookUp = (key: string) =>
      Effect.suspend(() => {
        lookUps++
        return key === "bad" ? Effect.fail("away") : Effect.succeed(Option.none())
      })
    const known = yield* makeRemembered(lookUp, { ...remembering, keeps: Option.isSome })
    yield* known.get("none")
    yield* known.get("none")
    yield* Effect.flip(known.get("bad"))
    yield* Effect.flip(known.get("bad"))

    expect(lookUps).toBe(4)
  })
)

it.effect("looks up by the wall clock, which is what is stored and shown", () =>
  withWallClock((move) =>
    Effect.gen(function* () {
      move(HOURS_2)
      const known = yield* makeRemembered((_: string) => Clock.currentTimeMillis, remembering)

      expect(yield* known.get("key")).toBe(HOURS_2)
    })
  )
)
