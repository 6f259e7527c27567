import { expect } from "bun:test"
import { Clock, Deferred, Duration, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeCoalescer } from "../../src/runtime/Coalescer.ts"
import { it } from "../support/effect.ts"

const range = (count: number) => Array.from({ length: count }, (_, n) => n)
const all = { concurrency: "unbounded" } as const

/** Rounds that wait until they are let go; each number is answered with its double. */
const makeRounds = (most: number, parallel: number) =>
  Effect.gen(function* () {
    const rounds: Array<{ readonly items: ReadonlyArray<number>; readonly go: Deferred.Deferred<void> }> = []
    const run = (items: ReadonlyArray<number>) =>
      Effect.gen(function* () {
        const go = yield* Deferred.make<void>()
        rounds.push({ items, go })
        yield* Deferred.await(go)
        return items.map(
          (item): Exit.Exit<number, string> => (item === 13 ? Exit.fail("unlucky") : Exit.succeed(item * 2))
        )
      })
    const call = yield* makeCoalescer<number, number, string>({ most, parallel, run })
    const letGo = (round: number) => Deferred.succeed(rounds[round]!.go, undefined)
    return { rounds, call, letGo }
  })

const settled = Effect.forEach(range(20), () => Effect.yieldNow, { discard: true })

it.effect("sends a lone call at once, and those that come meanwhile together", () =>
  Effect.gen(function* () {
    const { call, letGo, rounds } = yield* makeRounds(100, 1)
    const first = yield* Effect.forkChild(call(0))
    yield* settled
    const rest = yield* Effect.forkChild(Effect.forEach([1, 2, 3], (n) => call(n), all))
    yield* settled
    expect(rounds.map(({ items }) => items)).toEqual([[0]])

    yield* letGo(0)
    expect(yield* Fiber.join(first)).toBe(0)
    yield* settled
    expect(rounds.map(({ items }) => items)).toEqual([[0], [1, 2, 3]])
    yield* letGo(1)
    expect(yield* Fiber.join(rest)).toEqual([2, 4, 6])
  })
)

it.effect("keeps to the size of a round and to the number of rounds at once", () =>
  Effect.gen(function* () {
    const { call, letGo, rounds } = yield* makeRounds(2, 2)
    const calls = yield* Effect.forkChild(Effect.forEach(range(8), (n) => call(n), all))
    yield* settled
    expect(rounds).toHaveLength(2)

    for (let round = 0; round < rounds.length; round++) {
      yield* letGo(round)
      yield* settled
    }
    expect(yield* Fiber.join(calls)).toEqual(range(8).map((n) => n * 2))
    expect(rounds.every(({ items }) => items.length <= 2)).toBe(true)
  })
)

it.effect("gives each call its own end, and works on the item of one that no longer waits", () =>
  Effect.gen(function* () {
    const { call, letGo, rounds } = yield* makeRounds(100, 1)
    const first = yield* Effect.forkChild(call(0))
    yield* settled
    const unlucky = yield* Effect.forkChild(Effect.exit(call(13)))
    const gone = yield* Effect.forkChild(call(5))
    const lucky = yield* Effect.forkChild(call(7))
    yield* settled
    yield* Fiber.interrupt(gone)
    yield* letGo(0)
    yield* settled
    yield* letGo(1)

    expect(rounds[1]!.items).toEqual([13, 5, 7])
    expect(yield* Fiber.join(unlucky)).toEqual(Exit.fail("unlucky"))
    expect(yield* Fiber.join(lucky)).toBe(14)
    expect(yield* Fiber.join(first)).toBe(0)
  })
)

it.effect("lets a call give up after its own time, and answers those that came later", () =>
  Effect.gen(function* () {
    const rounds: Array<ReadonlyArray<number>> = []
    const go = yield* Deferred.make<void>()
    const call = yield* makeCoalescer<number, number, string>({
      most: 100,
      parallel: 1,
      patience: { limit: Duration.seconds(8), error: () => "too late" },
      run: (items) => {
        rounds.push(items)
        return Effect.as(
          Deferred.await(go),
          items.map((item) => Exit.succeed(item))
        )
      }
    })
    const early = yield* Effect.forkChild(Effect.exit(call(1)))
    yield* settled
    yield* TestClock.adjust("5 seconds")
    const late = yield* Effect.forkChild(Effect.exit(call(2)))
    yield* settled
    yield* TestClock.adjust("2999 millis")
    expect(early.pollUnsafe()).toBeUndefined()

    yield* TestClock.adjust("1 millis")
    expect(yield* Fiber.join(early)).toEqual(Exit.fail("too late"))
    yield* TestClock.adjust("4 seconds")
    expect(late.pollUnsafe()).toBeUndefined()
    yield* Deferred.succeed(go, undefined)
    expect(yield* Fiber.join(late)).toEqual(Exit.succeed(2))
    expect(rounds).toEqual([[1], [2]])
  })
)

it.effect("lets a call give up after its time, also when somebody sets the clock back meanwhile", () =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    let wallMs = 0
    const wall = () => wallMs
    const set = Object.assign(Object.create(clock) as Clock.Clock, {
      currentTimeMillisUnsafe: wall,
      currentTimeMillis: Effect.sync(wall)
    })
    const call = yield* makeCoalescer<number, number, string>({
      most: 100,
      parallel: 1,
      patience: { limit: Duration.seconds(8), error: () => "too late" },
      run: () => Effect.never
    }).pipe(Effect.provideService(Clock.Clock, set))
    const waiting = yield* Effect.forkChild(Effect.exit(Effect.provideService(call(1), Clock.Clock, set)))
    yield* settled
    wallMs = -3_600_000

    yield* TestClock.adjust("8 seconds")
    yield* settled
    expect(waiting.pollUnsafe()).toEqual(Exit.succeed(Exit.fail("too late")))
  })
)

for (const [what, broken] of [
  ["dies", () => Effect.die("a bug")],
  [
    "throws while it is made",
    () => {
      throw new Error("a bug")
    }
  ]
] as const) {
  it.effect(`answers those that wait for a round that ${what}, and goes on with the next`, () =>
    Effect.gen(function* () {
      const call = yield* makeCoalescer<number, number, never>({
        most: 10,
        parallel: 1,
        run: (items) => (items.includes(0) ? broken() : Effect.succeed(items.map((item) => Exit.succeed(item))))
      })

      expect(Exit.hasDies(yield* Effect.exit(call(0)))).toBe(true)
      expect(yield* call(1)).toBe(1)
    })
  )
}
