import { expect } from "bun:test"
import { Deferred, Effect, Fiber } from "effect"
import { sideBySide } from "../../../src/scripts/ai/sideBySide.ts"
import { it } from "../../support/effect.ts"

it.effect("gives what came of all, in their order", () =>
  Effect.gen(function* () {
    const doubled = yield* sideBySide([3, 1, 2], (n, index) => Effect.succeed([2 * n, index]), { concurrency: 2 })

    expect(doubled).toEqual([
      [6, 0],
      [2, 1],
      [4, 2]
    ])
  })
)

it.effect("finishes what has begun when something fails, begins nothing more, and tells the first failure", () =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    const begun: Array<number> = []
    const ended: Array<number> = []
    const work = (n: number) =>
      Effect.gen(function* () {
        begun.push(n)
        yield* Effect.yieldNow
        if (n === 1) return yield* Effect.fail("first")
        yield* Deferred.await(gate)
        ended.push(n)
        return n === 2 ? yield* Effect.fail("second") : n
      })

    const all = yield* Effect.forkChild(Effect.flip(sideBySide([1, 2, 3, 4, 5], work, { concurrency: 3 })), {
      startImmediately: true
    })
    yield* Effect.repeat(Effect.yieldNow, { until: () => begun.length === 3 })
    yield* Deferred.succeed(gate, undefined)

    expect(yield* Fiber.join(all)).toBe("first")
    expect([begun, ended]).toEqual([
      [1, 2, 3],
      [2, 3]
    ])
  })
)

it.effect("stops what has begun when it is stopped itself", () =>
  Effect.gen(function* () {
    let stopped = 0
    const work = () =>
      Effect.onInterrupt(Effect.never, () =>
        Effect.sync(() => {
          stopped += 1
        })
      )
    const all = yield* Effect.forkChild(sideBySide([1, 2, 3], work, { concurrency: 2 }), { startImmediately: true })

    yield* Fiber.interrupt(all)

    expect(stopped).toBe(2)
  })
)
