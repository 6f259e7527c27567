import { expect } from "bun:test"
import { Duration, Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { sharedFor } from "../../../src/runtime/postgres/sharedFor.ts"
import { it } from "../../support/effect.ts"

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
