import { expect } from "bun:test"
import { Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Steps } from "../../src/domain/Steps.ts"
import { it } from "../support/effect.ts"
import { scripted } from "../support/scripts.ts"
import { startWorker, until } from "../support/TestWorker.ts"

it.effect("loses nothing when the database is away for 20 seconds", () =>
  Effect.gen(function* () {
    const step = Effect.gen(function* () {
      const steps = yield* Steps
      return yield* steps.run("first", Schema.String, Effect.sleep("5 seconds").pipe(Effect.as("kept")))
    })
    const { queue } = yield* startWorker(scripted("step", () => step))
    const job = yield* queue.add({ jobType: "step" })
    yield* until(() => job.steps.length === 1)

    queue.database.state = "down"
    for (let second = 0; second < 20; second++) yield* TestClock.adjust("1 second")
    expect(job.outcomes).toEqual([])
    queue.database.state = "up"
    for (let second = 0; second < 3; second++) yield* TestClock.adjust("1 second")
    yield* until(() => job.status === "ended")

    expect(job.outcomes).toEqual([{ _tag: "Completed", result: "kept" }])
    expect(job.attempt).toBe(1)
  })
)

for (const state of ["down", "silent"] as const) {
  it.effect(`stops what it runs before its lease could be given away, with a database that is ${state}`, () =>
    Effect.gen(function* () {
      let stoppedAtSecond = 0
      let second = 0
      const script = Effect.never.pipe(Effect.onInterrupt(() => Effect.sync(() => (stoppedAtSecond = second))))
      const { queue } = yield* startWorker(scripted("hold", () => script))
      const job = yield* queue.add({ jobType: "hold" })
      yield* until(() => job.attempt === 1)

      queue.database.state = state
      for (second = 1; second <= 40; second++) yield* TestClock.adjust("1 second")
      expect(stoppedAtSecond).toBeGreaterThanOrEqual(20)
      expect(stoppedAtSecond).toBeLessThan(30)
      expect(job.outcomes).toEqual([])

      // Nobody took the job over meanwhile, so it is handed back without losing a try.
      queue.database.state = "up"
      for (second = 0; second < 15; second++) yield* TestClock.adjust("1 second")
      yield* until(() => job.attempt === 2)
      expect(job.outcomes).toEqual([{ _tag: "Released" }])
      yield* queue.cancel(job)
      yield* until(() => job.status === "ended")
    })
  )
}

it.effect("ends when it is stopped, also while the database does not take the checkpoint of a finished step", () =>
  Effect.gen(function* () {
    const script = Effect.gen(function* () {
      const steps = yield* Steps
      return yield* steps.run("first", Schema.Null, Effect.sleep("1 second").pipe(Effect.as(null)))
    })
    const { queue, running, stop } = yield* startWorker(scripted("step", () => script))
    const job = yield* queue.add({ jobType: "step" })
    yield* until(() => job.steps.length === 1)

    queue.database.state = "silent"
    yield* TestClock.adjust("1 second")
    const stopping = yield* Effect.forkChild(stop)
    for (let second = 0; second < 60; second++) yield* TestClock.adjust("1 second")
    yield* Fiber.join(stopping)

    expect(running.room("default")).toBe(2)
  })
)
