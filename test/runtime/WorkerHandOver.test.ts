/** What a worker does with jobs that were claimed for it by whoever created them. */
import { expect } from "bun:test"
import { Effect, Fiber, Logger } from "effect"
import type { Statement } from "effect/sql"
import { TestClock } from "effect/testing"
import type { Claim, Outcome } from "../../src/domain/JobQueue.ts"
import { it } from "../support/effect.ts"
import { scripted } from "../support/scripts.ts"
import { startWorker, until } from "../support/TestWorker.ts"

const short = scripted("short", () => Effect.as(Effect.sleep("3 seconds"), "done"))
const done: Array<Outcome> = [{ _tag: "Completed", result: "done" }]

/** A worker that waits for work, and a job that somebody creates and is about to claim for it. */
const seated = Effect.gen(function* () {
  const { handOver, jobQueue, queue, ...worker } = yield* startWorker(short)
  let claims: ReadonlyArray<Claim> = []
  handOver.offer(() => ({ sent: {} as Statement.Fragment, claimsOf: () => claims }))
  yield* until(() => handOver.isOpen("default"))
  const seat = yield* handOver.take("default", 1)
  const job = yield* queue.add({ jobType: "short" })
  claims = yield* jobQueue.claim("default", 1)
  return { ...worker, handOver, queue, job, give: handOver.give(seat!, []) }
})

it.effect("runs what was claimed for it, and then waits for more", () =>
  Effect.gen(function* () {
    const { give, handOver, job } = yield* seated
    expect(handOver.isOpen("default")).toBe(false)

    yield* give
    yield* until(() => handOver.isOpen("default"))
    yield* TestClock.adjust("3 seconds")
    yield* until(() => job.status === "ended")

    expect([job.attempt, job.outcomes]).toEqual([1, done])
  })
)

it.effect("runs what is claimed for it in the first seconds of its stop", () =>
  Effect.gen(function* () {
    const { give, job, state, stop } = yield* seated

    const stopping = yield* Effect.forkChild(stop, { startImmediately: true })
    yield* TestClock.adjust("1 second")
    expect(state.phase).toBe("claiming")
    yield* give
    yield* until(() => state.phase === "draining")
    yield* TestClock.adjust("3 seconds")
    yield* Fiber.join(stopping)

    expect(job.outcomes).toEqual(done)
  })
)

it.effect("stops without what does not come", () =>
  Effect.gen(function* () {
    const { job, stop } = yield* seated

    const stopping = yield* Effect.forkChild(stop, { startImmediately: true })
    yield* TestClock.adjust("2 seconds")
    yield* Fiber.join(stopping)

    expect(job.outcomes).toEqual([])
  })
)

it.effect("says that nothing comes, and claims by itself again", () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${message}`))
  return Effect.gen(function* () {
    const { handOver, queue } = yield* seated
    const next = yield* queue.add({ jobType: "short" })

    yield* TestClock.adjust("9 seconds")
    expect(next.attempt).toBe(0)
    yield* TestClock.adjust("1 second")
    yield* until(() => next.attempt === 1 && handOver.isOpen("default"))
    yield* TestClock.adjust("3 seconds")
    yield* until(() => next.status === "ended")

    expect(lines).toContain("Warn whoever created jobs did not say what was claimed with them")
  }).pipe(Effect.provide(Logger.layer([logger])))
})

it.effect("goes on waiting without a look for work where nothing was created after all", () =>
  Effect.gen(function* () {
    const { handOver, queue } = yield* startWorker(short)
    handOver.offer(() => ({ sent: {} as Statement.Fragment, claimsOf: () => [] }))
    yield* until(() => handOver.isOpen("default"))
    const seat = yield* handOver.take("default", 1)
    // A look would not end, because nothing moves this clock.
    queue.database.claimMs = 1

    yield* handOver.giveBack(seat!)
    yield* until(() => handOver.isOpen("default"))

    const next = yield* handOver.take("default", 1)
    expect(next).toBeDefined()
    yield* handOver.giveBack(next!)
  })
)

it.effect("lets nobody claim for it while claiming takes long", () =>
  Effect.gen(function* () {
    const { handOver, queue } = yield* startWorker(short)
    yield* until(() => handOver.isOpen("default"))
    queue.database.claimMs = 41
    const job = yield* queue.add({ jobType: "short" })
    yield* until(() => !handOver.isOpen("default"))
    for (let claims = 0; claims < 4; claims++) {
      yield* TestClock.adjust("41 millis")
      yield* Effect.repeat(Effect.yieldNow, { times: 100 })
    }
    expect([job.attempt, handOver.isOpen("default")]).toEqual([1, false])

    queue.database.claimMs = 0
    yield* TestClock.adjust("3 seconds")
    const next = yield* queue.add({ jobType: "short" })
    yield* until(() => next.attempt === 1 && handOver.isOpen("default"))
    yield* TestClock.adjust("3 seconds")
    yield* until(() => [job, next].every(({ status }) => status === "ended"))
  })
)
