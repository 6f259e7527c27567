import { expect } from "bun:test"
import { Effect, Fiber, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { CurrentJob } from "../../src/domain/CurrentJob.ts"
import { Steps } from "../../src/domain/Steps.ts"
import { it } from "../support/effect.ts"
import { scripted, scriptedInBrowser } from "../support/scripts.ts"
import { startWorker, startWorkerIn, until } from "../support/TestWorker.ts"

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

/** Says when its browser is closed, and logs 20 lines a second in its first attempt. */
const startLoud = Effect.gen(function* () {
  const seen = { second: 0, closedAt: 0, lines: 0 }
  const line = Effect.suspend(() => Effect.logInfo(`line ${++seen.lines}`)).pipe(
    Effect.andThen(Effect.sleep("50 millis"))
  )
  const script = Effect.flatMap(CurrentJob, (job) =>
    Option.getOrThrow(job).attempt === 1 ? Effect.forever(line) : Effect.succeed(null)
  )
  const closing = Effect.sync(() => (seen.closedAt ||= seen.second))
  const worker = yield* startWorkerIn(
    { closing },
    scriptedInBrowser("loud", () => script)
  )
  const job = yield* worker.queue.add({ jobType: "loud", lane: "browser" })
  yield* until(() => job.attempt === 1)
  const pass = (seconds: number) =>
    Effect.repeat(
      Effect.suspend(() => {
        seen.second++
        return TestClock.adjust("1 second")
      }),
      { times: seconds - 1 }
    )
  return { ...worker, job, pass, seen }
})

it.effect(
  "closes the browser before the lease could be given away, whatever log lines still wait, and keeps those",
  () =>
    Effect.gen(function* () {
      const { job, pass, queue, seen } = yield* startLoud
      yield* pass(1)
      queue.database.state = "silent"
      yield* pass(39)
      expect(seen.closedAt).toBeGreaterThanOrEqual(20)
      expect(seen.closedAt).toBeLessThanOrEqual(27)
      expect(job.outcomes).toEqual([])

      queue.database.state = "up"
      yield* pass(15)
      yield* until(() => job.attempt === 2 && job.status === "ended")
      expect(job.outcomes).toEqual([{ _tag: "Released" }, { _tag: "Completed", result: null }])
      expect(job.log.at(-1)?.message).toBe(`line ${seen.lines}`)
    })
)

it.effect("closes the browser of a cancelled job within a second, whatever log lines still wait, and keeps those", () =>
  Effect.gen(function* () {
    const { job, pass, queue, seen } = yield* startLoud
    yield* pass(1)
    queue.database.state = "silent"
    yield* pass(10)
    yield* queue.cancel(job)
    yield* pass(1)
    expect(seen.closedAt).toBeGreaterThan(0)

    queue.database.state = "up"
    yield* pass(15)
    yield* until(() => job.status === "ended")
    expect(job.outcomes).toEqual([{ _tag: "Cancelled" }])
    expect(job.log.at(-1)?.message).toBe(`line ${seen.lines}`)
  })
)

it.effect("closes the browser before the lease could be given away, whatever becomes of a checkpoint", () =>
  Effect.gen(function* () {
    let second = 0
    let closedAt = 0
    const script = Effect.flatMap(Steps, (steps) =>
      steps.run("first", Schema.Null, Effect.as(Effect.sleep("20 seconds"), null))
    )
    const { queue } = yield* startWorkerIn(
      { closing: Effect.sync(() => (closedAt ||= second)) },
      scriptedInBrowser("step", () => script)
    )
    const job = yield* queue.add({ jobType: "step", lane: "browser" })
    yield* until(() => job.steps.length === 1)

    queue.database.state = "silent"
    for (second = 1; second <= 40; second++) yield* TestClock.adjust("1 second")

    expect(closedAt).toBeGreaterThanOrEqual(20)
    expect(closedAt).toBeLessThanOrEqual(27)
    queue.database.state = "up"
    for (second = 0; second < 15; second++) yield* TestClock.adjust("1 second")
    yield* until(() => job.attempt === 2)
    yield* queue.cancel(job)
    yield* until(() => job.status === "ended")
  })
)

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
