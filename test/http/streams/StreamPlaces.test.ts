import { expect } from "bun:test"
import { Effect, Exit, Option, Scope } from "effect"
import { type Caller, CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { StreamPlaces } from "../../../src/http/streams/StreamPlaces.ts"
import { it } from "../../support/effect.ts"

const ada = Option.some<Caller>({ ...localCaller, subject: "ada" })
const nobody = Option.none<Caller>()

it.effect("counts a caller's places and those of all, and of nobody only those of all", () =>
  Effect.gen(function* () {
    const { refusal, taken } = yield* StreamPlaces
    const asked = (caller: Option.Option<Caller>) =>
      Effect.map(Effect.provideService(refusal, CurrentCaller, caller), Option.getOrUndefined)
    const take = Effect.fnUntraced(function* (caller: Option.Option<Caller>) {
      const place = yield* Scope.make()
      yield* taken.pipe(Effect.provideService(CurrentCaller, caller), Scope.provide(place))
      return Scope.close(place, Exit.void)
    })

    const leave = yield* take(ada)
    expect([yield* asked(ada), yield* asked(nobody)]).toEqual(["caller", undefined])
    yield* take(nobody)
    yield* take(nobody)
    // Two who asked at once both got the last place; both count.
    yield* take(nobody)
    expect([yield* asked(ada), yield* asked(nobody)]).toEqual(["caller", "process"])
    yield* leave
    expect([yield* asked(ada), yield* asked(nobody)]).toEqual(["process", "process"])
    yield* leave
    expect(yield* asked(ada)).toBe("process")
  }).pipe(Effect.provide(StreamPlaces.layerWith({ ofCaller: 1, ofProcess: 3 })))
)
