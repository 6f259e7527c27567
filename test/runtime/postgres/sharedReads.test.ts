import { expect } from "bun:test"
import { Deferred, Effect, Exit, Fiber, Option, Scope } from "effect"
import { TestClock } from "effect/testing"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import { makeSharedReads } from "../../../src/runtime/postgres/sharedReads.ts"
import { it } from "../../support/effect.ts"

const olga: Caller = { via: "key", subject: "olga", name: "Olga", role: "operator", organisationId: "org-1" }

const as =
  (caller: Caller) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provideService(effect, CurrentCaller, Option.some(caller))

const settled = Effect.replicateEffect(Effect.yieldNow, 20)

/** Reads that wait until they are let go; each gives its number. */
const makeReads = Effect.gen(function* () {
  const shared = yield* makeSharedReads<number, string>("read")
  const open: Array<Deferred.Deferred<void, string>> = []
  const read = Effect.suspend(() => {
    const go = Deferred.makeUnsafe<void, string>()
    const number = open.push(go)
    return Effect.as(Deferred.await(go), number)
  })
  const ask = (what: string, caller: Caller = olga) =>
    Effect.tap(Effect.forkChild(as(caller)(shared(what, read))), () => settled)
  const end = (number: number) => Effect.andThen(Deferred.succeed(open[number - 1]!, undefined), settled)
  return { shared, read, open, ask, end }
})

it.effect("answers those who ask while it is read by one read that begins after they asked", () =>
  Effect.gen(function* () {
    const { ask, end, open } = yield* makeReads
    const first = yield* ask("job")
    const others = yield* Effect.forEach([1, 2, 3], () => ask("job"))
    const whileReading = open.length

    yield* end(1)
    yield* end(2)
    const later = yield* ask("job")
    yield* end(3)

    expect(whileReading).toBe(1)
    expect(yield* Fiber.join(first)).toBe(1)
    expect(yield* Effect.forEach(others, (fiber) => Fiber.join(fiber))).toEqual([2, 2, 2])
    expect(yield* Fiber.join(later)).toBe(3)
  })
)

it.effect("keeps apart what is not the same, and who does not see the same", () =>
  Effect.gen(function* () {
    const { ask, open } = yield* makeReads
    yield* ask("job")
    yield* ask("another job")
    yield* ask("job", { ...olga, organisationId: "org-2" })
    yield* ask("job", { ...olga, role: "viewer" })

    expect(open.length).toBe(4)
  })
)

it.effect("tells a failure to those of that read alone, and goes on when one of them went away", () =>
  Effect.gen(function* () {
    const { ask, end, open } = yield* makeReads
    const first = yield* ask("job")
    const gone = yield* ask("job")
    const stays = yield* ask("job")
    yield* Fiber.interrupt(gone)

    yield* Deferred.fail(open[0]!, "no")
    yield* settled
    yield* end(2)

    expect(Exit.isFailure(yield* Fiber.await(first))).toBe(true)
    expect(yield* Fiber.join(stays)).toBe(2)
  })
)

it.effect("lets Callboard itself read alone", () =>
  Effect.gen(function* () {
    const { end, open, read, shared } = yield* makeReads
    const fibers = yield* Effect.forEach([1, 2], () => Effect.forkChild(shared("job", read)))
    yield* settled

    expect(open.length).toBe(2)
    yield* end(1)
    yield* end(2)
    expect(yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber))).toEqual([1, 2])
  })
)

it.effect("lets nobody wait longer than a call may take, however long the read before takes", () =>
  Effect.gen(function* () {
    const { ask, end, open } = yield* makeReads
    yield* ask("job")
    const joined = yield* ask("job")
    yield* TestClock.adjust("7 seconds")
    yield* end(1)
    const stays = yield* ask("job")
    yield* TestClock.adjust("1 second")
    yield* settled

    expect(open.length).toBe(2)
    expect(joined.pollUnsafe()).toBeDefined()
    expect(stays.pollUnsafe()).toBeUndefined()
    expect(yield* Effect.flip(Fiber.join(joined))).toMatchObject({ _tag: "JobsUnavailable", operation: "read" })
    yield* end(2)
    yield* end(3)
    expect(yield* Fiber.join(stays)).toBe(3)
  })
)

it.effect("answers everybody who waits when Callboard ends", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const { ask, open } = yield* Scope.provide(makeReads, scope)
    const waiting = [yield* ask("job"), yield* ask("job")]

    yield* Scope.close(scope, Exit.void)
    yield* settled
    const later = yield* ask("job")

    expect(open.length).toBe(1)
    for (const fiber of [...waiting, later]) {
      expect(fiber.pollUnsafe()).toBeDefined()
      expect(yield* Effect.flip(Fiber.join(fiber))).toMatchObject({ _tag: "JobsUnavailable", operation: "read" })
    }
  })
)
