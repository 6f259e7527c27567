import { expect } from "bun:test"
import { Context, Deferred, Duration, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { JobId, ReadableJobId } from "../../src/domain/JobId.ts"
import type { Claim } from "../../src/domain/JobQueue.ts"
import { LeaseToken } from "../../src/domain/Lease.ts"
import { moment } from "../../src/runtime/Moment.ts"
import type { RunnableAttempt } from "../../src/runtime/RunnableAttempt.ts"
import { RunningJobs } from "../../src/runtime/RunningJobs.ts"
import type { StopReason } from "../../src/runtime/StopSignal.ts"
import { it } from "../support/effect.ts"

const id = JobId.make("019ac2f0-0000-7000-8000-000000000001")

const claim = (attempt: number): Claim => ({
  lease: { jobId: id, token: LeaseToken.make(`019ac2f0-0000-7000-8000-00000000001${attempt}`), attempt },
  id,
  jobId: ReadableJobId.make("JOB_20261121_000000_00000000"),
  jobType: "idle",
  organisationId: "default",
  input: {},
  retryCount: 0,
  maxRetries: 3,
  timeout: Duration.minutes(1),
  checkpoints: new Map()
})

it.effect("lets a new attempt of a job wait until the old one is down, and keeps them apart", () =>
  Effect.gen(function* () {
    const running = yield* RunningJobs
    const order: Array<string> = []
    const closing = yield* Deferred.make<void>()
    const now = yield* moment
    const first = claim(1)
    const second = claim(2)
    yield* running.start("default", now, [
      {
        claim: first,
        attempt: {
          script: () => Effect.never,
          ended: () =>
            Effect.andThen(
              Deferred.await(closing),
              Effect.sync(() => order.push("first is down"))
            )
        }
      }
    ])
    yield* running.stop(first.lease.token, "leaseLost")

    yield* running.start("default", now, [
      {
        claim: second,
        attempt: {
          script: () =>
            Effect.andThen(
              Effect.sync(() => order.push("second runs")),
              Effect.never
            ),
          ended: () => Effect.void
        }
      }
    ])
    yield* Effect.yieldNow
    expect(order).toEqual([])
    expect(yield* running.leases).toEqual([first.lease, second.lease])

    yield* Deferred.succeed(closing, undefined)
    yield* Effect.yieldNow.pipe(Effect.repeat({ until: () => order.length === 2 }))
    expect(order).toEqual(["first is down", "second runs"])
    expect(yield* running.leases).toEqual([second.lease])
    expect(running.room("default")).toBe(1)

    // News about the old attempt does not reach the new one.
    yield* running.stop(first.lease.token, "leaseLost")
    const empty = yield* Effect.forkChild(running.awaitEmpty)
    yield* Effect.yieldNow
    expect(running.room("default")).toBe(1)
    yield* running.stopJob(id, "cancel")
    yield* Fiber.join(empty)
  }).pipe(Effect.provide(RunningJobs.layer(Duration.seconds(30), { default: { places: 2, prefetch: 0 } })))
)

it.effect("tells once of an attempt whose lease is no longer trusted, however long its end takes", () =>
  Effect.gen(function* () {
    const running = yield* RunningJobs
    const attempt: RunnableAttempt = { script: () => Effect.never, ended: () => Effect.never }
    yield* running.start("default", yield* moment, [{ claim: claim(1), attempt }])
    yield* TestClock.adjust("26 seconds")

    expect(yield* running.stopUntrusted).toBe(1)
    expect(yield* running.stopUntrusted).toBe(0)
  }).pipe(Effect.provide(RunningJobs.layer(Duration.seconds(30), { default: { places: 2, prefetch: 0 } })))
)

it.effect("has the database asked about a job that was to be cancelled before it was in hand", () =>
  Effect.gen(function* () {
    const running = yield* RunningJobs
    const attempt: RunnableAttempt = { script: () => Effect.never, ended: () => Effect.void }
    const first = claim(1)
    yield* running.stopJob(first.id, "cancel")

    const asks = yield* running.start("quick", yield* moment, [{ claim: first, attempt }])

    // It may have ended elsewhere and be claimed anew, so it is not stopped for that.
    expect([asks, yield* running.leasesToRenew(Duration.seconds(2))]).toEqual([true, [first.lease]])
    const second = claim(2)
    const otherId = JobId.make("019ac2f0-0000-7000-8000-000000000002")
    const other = { ...second, id: otherId, lease: { ...second.lease, jobId: otherId } }
    expect(yield* running.start("quick", yield* moment, [{ claim: other, attempt }])).toBe(false)
    expect(yield* running.leasesToRenew(Duration.seconds(2))).toEqual([first.lease])
  }).pipe(Effect.provide(RunningJobs.layer(Duration.seconds(30), { quick: { places: 2, prefetch: 0 } })))
)

it.effect("counts what it stops for its lease, and not what has ended and is being recorded", () =>
  Effect.gen(function* () {
    const running = yield* RunningJobs
    const recorded = yield* Deferred.make<void>()
    let isEnding = false
    const attempt: RunnableAttempt = {
      script: () => Effect.void,
      ended: () =>
        Effect.andThen(
          Effect.sync(() => (isEnding = true)),
          Deferred.await(recorded)
        )
    }
    yield* running.start("default", yield* moment, [{ claim: claim(1), attempt }])
    yield* Effect.yieldNow.pipe(Effect.repeat({ until: () => isEnding }))

    yield* TestClock.adjust(Duration.seconds(25))

    expect([yield* running.stopUntrusted, yield* running.leases]).toEqual([0, [claim(1).lease]])
    yield* Deferred.succeed(recorded, undefined)
    yield* running.awaitEmpty
  }).pipe(Effect.provide(RunningJobs.layer(Duration.seconds(30), { default: { places: 1, prefetch: 0 } })))
)

it.effect("does not start what waited for a place until its lease could no longer be trusted", () =>
  Effect.gen(function* () {
    const running = yield* RunningJobs
    const done = yield* Deferred.make<void>()
    const started: Array<string> = []
    const ends: Array<unknown> = []
    const now = yield* moment
    const run = (name: string, job: Claim) =>
      running.start("default", now, [
        {
          claim: job,
          attempt: {
            script: () =>
              Effect.andThen(
                Effect.sync(() => started.push(name)),
                Deferred.await(done)
              ),
            ended: (end) => Effect.sync(() => void ends.push(end))
          }
        }
      ])
    yield* run("first", claim(1))
    yield* Effect.yieldNow.pipe(Effect.repeat({ until: () => started.length === 1 }))
    const other = JobId.make("019ac2f0-0000-7000-8000-000000000002")
    yield* run("second", { ...claim(2), id: other, lease: { ...claim(2).lease, jobId: other } })

    // The process is frozen: time passes, and no timer looks at the leases.
    yield* TestClock.adjust(Duration.seconds(25))
    yield* Deferred.succeed(done, undefined)
    yield* running.awaitEmpty

    expect(started).toEqual(["first"])
    expect(ends).toContainEqual({ _tag: "Stopped", reason: "leaseLost" })
  }).pipe(Effect.provide(RunningJobs.layer(Duration.seconds(30), { default: { places: 1, prefetch: 1 } })))
)

it.effect("hands back what still runs when it goes, and takes it for no end of the script", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const context = yield* Layer.build(
      RunningJobs.layer(Duration.seconds(30), { default: { places: 1, prefetch: 0 } })
    ).pipe(Scope.provide(scope))
    const running = Context.get(context, RunningJobs)
    const ends: Array<unknown> = []
    yield* running.start("default", yield* moment, [
      {
        claim: claim(1),
        attempt: {
          script: () => Effect.never,
          ended: (end) =>
            Effect.andThen(
              Effect.sync(() => void ends.push(end)),
              Effect.never
            )
        }
      }
    ])
    yield* Effect.yieldNow

    // What records the end may hang too: the database can be away.
    yield* Scope.close(scope, Exit.void)

    expect(ends).toEqual([{ _tag: "Stopped", reason: "shutdown" }])
    expect(yield* running.leases).toEqual([])
  })
)

it.effect("names what waits outside of its time, so that its time-out is put off", () =>
  Effect.gen(function* () {
    const running = yield* RunningJobs
    const job = claim(1)
    let letGo = () => {}
    const script: RunnableAttempt["script"] = (_signal, clock) =>
      Effect.suspend(() => {
        clock.hold(0)
        letGo = () => clock.release(0)
        return Effect.never
      })
    yield* running.start("default", yield* moment, [{ claim: job, attempt: { script, ended: () => Effect.void } }])

    const held = yield* running.waiting
    letGo()

    expect([held, yield* running.waiting]).toEqual([[job.lease.token], []])
  }).pipe(Effect.provide(RunningJobs.layer(Duration.seconds(30), { default: { places: 1, prefetch: 0 } })))
)

/** What is recorded of a script that failed and is stopped for this reason while it closes what it had opened. */
const endOfFailed = (reason: StopReason) =>
  Effect.gen(function* () {
    const running = yield* RunningJobs
    const closing = yield* Deferred.make<void>()
    const isClosing = yield* Deferred.make<void>()
    const ends: Array<unknown> = []
    const job = claim(1)
    yield* running.start("default", yield* moment, [
      {
        claim: job,
        attempt: {
          script: (signal) =>
            Effect.fail("refused").pipe(
              Effect.onExit((exit) => Effect.sync(() => signal.finished(exit))),
              Effect.ensuring(Effect.andThen(Deferred.succeed(isClosing, undefined), Deferred.await(closing)))
            ),
          ended: (end) => Effect.sync(() => void ends.push(end))
        }
      }
    ])
    yield* Deferred.await(isClosing)
    yield* running.stop(job.lease.token, reason)
    yield* Deferred.succeed(closing, undefined)
    yield* running.awaitEmpty
    return ends
  }).pipe(Effect.provide(RunningJobs.layer(Duration.seconds(30), { default: { places: 1, prefetch: 0 } })))

it.effect("keeps the failure of a script when its time is up while it closes, and not when it is cancelled", () =>
  Effect.gen(function* () {
    expect(yield* endOfFailed("timeout")).toEqual([{ _tag: "Ended", exit: Exit.fail("refused") }])
    expect(yield* endOfFailed("cancel")).toEqual([{ _tag: "Stopped", reason: "cancel" }])
  })
)

it.effect("keeps the result of a script that is stopped while it closes what it had opened", () =>
  Effect.gen(function* () {
    const running = yield* RunningJobs
    const closing = yield* Deferred.make<void>()
    const isClosing = yield* Deferred.make<void>()
    const ends: Array<unknown> = []
    yield* running.start("default", yield* moment, [
      {
        claim: claim(1),
        attempt: {
          script: (signal) =>
            Effect.sync(() => {
              signal.finished(Exit.succeed("done"))
              return "done"
            }).pipe(
              Effect.ensuring(Effect.andThen(Deferred.succeed(isClosing, undefined), Deferred.await(closing))),
              Effect.uninterruptible,
              Effect.andThen(Effect.never)
            ),
          ended: (end) => Effect.sync(() => void ends.push(end))
        }
      }
    ])
    yield* Deferred.await(isClosing)

    yield* running.stopAll("shutdown")
    yield* Deferred.succeed(closing, undefined)
    yield* running.awaitEmpty

    expect(ends).toEqual([{ _tag: "Ended", exit: Exit.succeed("done") }])
  }).pipe(Effect.provide(RunningJobs.layer(Duration.seconds(30), { default: { places: 1, prefetch: 0 } })))
)

for (const [isRecorded, what] of [
  [true, "is done with"],
  [false, "records the long way"]
] as const) {
  it.effect(`has a success in hand until it is told of, whatever stops meanwhile, and then ${what} it`, () =>
    Effect.gen(function* () {
      const running = yield* RunningJobs
      const told: Array<(isRecorded: boolean) => void> = []
      const ends: Array<unknown> = []
      const attempt: RunnableAttempt = {
        script: () => Effect.succeed("done"),
        ended: (end) => Effect.sync(() => void ends.push(end)),
        endedWell: (_, then) => told.push(then) > 0
      }
      yield* running.start("quick", yield* moment, [{ claim: claim(1), attempt }])
      yield* Effect.yieldNow.pipe(Effect.repeat({ until: () => told.length === 1 }))

      yield* running.stopAll("shutdown")
      const empty = yield* Effect.forkChild(running.awaitEmpty, { startImmediately: true })
      yield* Effect.repeat(Effect.yieldNow, { times: 20 })
      expect([empty.pollUnsafe(), ends, yield* running.leases]).toEqual([undefined, [], [claim(1).lease]])

      told[0]!(isRecorded)
      yield* Fiber.join(empty)
      expect(ends).toEqual(isRecorded ? [] : [{ _tag: "Ended", exit: Exit.succeed("done") }])
    }).pipe(Effect.provide(RunningJobs.layer(Duration.seconds(30), { quick: { places: 1, prefetch: 0 } })))
  )
}
