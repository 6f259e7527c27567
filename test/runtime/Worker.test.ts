import { expect } from "bun:test"
import { Deferred, Duration, Effect, Fiber, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { CurrentJob } from "../../src/domain/CurrentJob.ts"
import { FatalError, RetryableError } from "../../src/domain/JobError.ts"
import { Steps } from "../../src/domain/Steps.ts"
import { it } from "../support/effect.ts"
import { scripted, scriptedInBrowser } from "../support/scripts.ts"
import { startWorker, until } from "../support/TestWorker.ts"

const forever = scripted("forever", () => Effect.never)
const gone = new RetryableError({ code: "NETWORK_ERROR", message: "The portal is gone." })

it.effect("tries again after 5, 10 and 20 seconds, and fails when its tries are used up", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(scripted("gone", () => Effect.fail(gone)))
    const job = yield* queue.add({ jobType: "gone" })

    yield* until(() => job.outcomes.length === 1)
    for (const [seconds, attempts] of [
      [5, 2],
      [10, 3],
      [20, 4]
    ] as const) {
      yield* TestClock.adjust(Duration.millis(seconds * 1_000 - 1))
      expect(job.attempt).toBe(attempts - 1)
      yield* TestClock.adjust(Duration.millis(1))
      yield* until(() => job.outcomes.length === attempts)
    }

    expect(job.outcomes.map((outcome) => outcome._tag)).toEqual(["RetryLater", "RetryLater", "RetryLater", "Failed"])
    expect(job.outcomes[3]).toMatchObject({ error: { code: "NETWORK_ERROR", retryable: true } })
  })
)

it.effect("tells a script for which job and organisation it runs", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(
      scripted("telling", () => Effect.map(CurrentJob, (job) => ({ ...Option.getOrThrow(job) })))
    )
    const job = yield* queue.add({ jobType: "telling" })

    yield* until(() => job.status === "ended")

    expect(job.outcomes).toMatchObject([{ result: { id: job.id, organisationId: "default" } }])
    expect(yield* CurrentJob).toEqual(Option.none())
  })
)

it.effect("fails at once on a fatal error, and names the step", () =>
  Effect.gen(function* () {
    const refused = new FatalError({ code: "INVALID_CREDENTIALS", message: "Wrong password.", hint: "Update it." })
    const script = Effect.gen(function* () {
      const steps = yield* Steps
      return yield* steps.run("second", Schema.Null, Effect.fail(refused))
    })
    const { queue } = yield* startWorker(scripted("refused", () => script))
    const job = yield* queue.add({ jobType: "refused" })

    yield* until(() => job.status === "ended")

    expect(job.outcomes).toMatchObject([
      {
        _tag: "Failed",
        error: {
          code: "INVALID_CREDENTIALS",
          message: "Wrong password.",
          hint: "Update it.",
          retryable: false,
          step: "second"
        }
      }
    ])
    // An expected failure is a sentence for people; only a bug keeps its stack.
    expect(job.log.map((line) => line.message)).toEqual(["Wrong password."])
  })
)

it.effect("goes on after the last checkpoint, and repeats only what prepares a session", () =>
  Effect.gen(function* () {
    const ran: Array<string> = []
    const script = Effect.gen(function* () {
      const steps = yield* Steps
      yield* steps.prepare(
        "sign-in",
        Effect.sync(() => ran.push("sign-in"))
      )
      const kept = yield* steps.run(
        "first",
        Schema.Struct({ n: Schema.Int }),
        Effect.sync(() => {
          ran.push("first")
          return { n: 41 }
        })
      )
      yield* steps.run("second", Schema.Null, steps.attempt === 1 ? Effect.fail(gone) : Effect.succeed(null))
      return { n: kept.n + 1 }
    })
    const steps = ["sign-in", "first", "second"].map((name) => ({ name, title: name }))
    const { queue } = yield* startWorker(scripted("steps", () => script, { steps }))
    const job = yield* queue.add({ jobType: "steps" })

    yield* until(() => job.outcomes.length === 1)
    yield* TestClock.adjust("5 seconds")
    yield* until(() => job.status === "ended")

    expect(ran).toEqual(["sign-in", "first", "sign-in"])
    expect(job.outcomes.at(-1)).toEqual({ _tag: "Completed", result: { n: 42 } })
  })
)

it.effect("takes the script down before it records that a job was cancelled", () =>
  Effect.gen(function* () {
    const order: Array<string> = []
    const running = yield* Deferred.make<void>()
    const script = Effect.acquireRelease(Deferred.succeed(running, undefined), () =>
      Effect.sync(() => order.push("closed"))
    ).pipe(Effect.andThen(Effect.never))
    const { queue } = yield* startWorker(scripted("hold", () => script))
    const job = yield* queue.add({ jobType: "hold" })
    yield* Deferred.await(running)

    yield* queue.cancel(job)
    yield* until(() => job.status === "ended")
    order.push("recorded")

    expect(job.outcomes).toEqual([{ _tag: "Cancelled" }])
    expect(order).toEqual(["closed", "recorded"])
  })
)

it.effect("hears of a cancellation by its next beat when the notification was lost", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(forever)
    const job = yield* queue.add({ jobType: "forever" })
    yield* until(() => job.attempt === 1)

    job.cancelRequested = true
    yield* TestClock.adjust("5 seconds")
    yield* until(() => job.status === "ended")

    expect(job.outcomes).toEqual([{ _tag: "Cancelled" }])
  })
)

it.effect("interrupts an attempt that takes longer than it may, and tries again", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(forever)
    const job = yield* queue.add({ jobType: "forever", timeout: Duration.seconds(90) })
    yield* until(() => job.attempt === 1)

    yield* TestClock.adjust("89 seconds")
    expect(job.outcomes).toEqual([])
    yield* TestClock.adjust("1 second")
    yield* until(() => job.outcomes.length === 1)

    expect(job.outcomes[0]).toMatchObject({ _tag: "RetryLater", error: { code: "TIMEOUT" } })
  })
)

it.effect("stops and writes nothing when somebody else took the job over", () =>
  Effect.gen(function* () {
    const { queue, running } = yield* startWorker(forever)
    const job = yield* queue.add({ jobType: "forever" })
    yield* until(() => job.attempt === 1)

    yield* queue.steal(job)
    yield* TestClock.adjust("5 seconds")
    yield* until(() => running.room("default") === 2)

    expect(job.outcomes).toEqual([])
  })
)

it.effect("runs no more jobs of a lane at once than it has places, and all of them in the end", () =>
  Effect.gen(function* () {
    let open = 0
    let peak = 0
    const script = Effect.acquireRelease(
      Effect.sync(() => {
        peak = Math.max(peak, ++open)
      }),
      () => Effect.sync(() => open--)
    ).pipe(Effect.andThen(Effect.sleep("1 second")), Effect.as(null))
    const { queue } = yield* startWorker(scriptedInBrowser("browse", () => script))
    const jobs = yield* Effect.forEach(Array.from({ length: 5 }), () =>
      queue.add({ jobType: "browse", lane: "browser" })
    )

    for (const ended of [2, 4, 5]) {
      yield* until(() => open > 0)
      yield* TestClock.adjust("1 second")
      yield* until(() => jobs.filter((job) => job.status === "ended").length === ended)
    }

    expect(peak).toBe(2)
  })
)

it.effect("fails a script with a bug for good, keeps the whole of it, and leaves the others alone", () =>
  Effect.gen(function* () {
    const buggy = scripted("buggy", () => Effect.sync(() => (undefined as unknown as { name: string }).name as never))
    const calm = scripted("calm", () => Effect.sleep("1 second").pipe(Effect.as("done")))
    const { queue } = yield* startWorker(buggy, calm)
    const other = yield* queue.add({ jobType: "calm" })
    const job = yield* queue.add({ jobType: "buggy" })

    yield* until(() => job.status === "ended")
    yield* TestClock.adjust("1 second")
    yield* until(() => other.status === "ended")

    expect(job.outcomes).toMatchObject([{ _tag: "Failed", error: { code: "SCRIPT_DEFECT", retryable: false } }])
    expect(job.log.at(-1)?.message).toContain("(test/runtime/Worker.test.ts:")
    expect(other.outcomes).toEqual([{ _tag: "Completed", result: "done" }])
  })
)

it.effect("hides the secrets of a job in its log, its progress and its error", () =>
  Effect.gen(function* () {
    const script = Effect.gen(function* () {
      const steps = yield* Steps
      const failing = Effect.logInfo("signing in with hunter2&co").pipe(
        Effect.andThen(steps.progress("typing hunter2&co")),
        Effect.andThen(Effect.sleep("1 second")),
        Effect.andThen(
          Effect.fail(new FatalError({ code: "NOT_FOUND", message: "GET /?p=hunter2%26co", hint: "not hunter2&co" }))
        )
      )
      return yield* steps.run("first", Schema.Null, failing)
    })
    const { queue } = yield* startWorker(scripted("leaky", () => script))
    const job = yield* queue.add({ jobType: "leaky", input: { password: "hunter2&co" } })
    yield* until(() => job.attempt === 1)
    yield* TestClock.adjust("1 second")
    yield* until(() => job.status === "ended")

    expect(job.log[0]).toMatchObject({ message: "signing in with ••••", level: "info", step: "first" })
    expect(job.progress[0]?.message).toBe("typing ••••")
    expect(job.outcomes).toMatchObject([{ error: { message: "GET /?p=••••", hint: "not ••••" } }])
    expect(JSON.stringify([job.log, job.progress, job.outcomes])).not.toContain("hunter2")
  })
)

it.effect("writes progress twice a second at most, and never lets it fall", () =>
  Effect.gen(function* () {
    const script = Effect.gen(function* () {
      const steps = yield* Steps
      const photos = Effect.forEach(
        Array.from({ length: 100 }, (_, n) => n),
        (n) => steps.progress(`${n} of 100`, { done: n, of: 100 }).pipe(Effect.andThen(Effect.sleep("20 millis")))
      )
      yield* steps.run("first", Schema.Null, Effect.as(photos, null))
      yield* steps.progress("starting over", { done: 0, of: 100 })
      return yield* steps.run("second", Schema.Null, Effect.sleep("1 second").pipe(Effect.as(null)))
    })
    const { queue } = yield* startWorker(scripted("photos", () => script))
    const job = yield* queue.add({ jobType: "photos" })
    yield* until(() => job.attempt === 1)
    for (let i = 0; i < 200; i++) yield* TestClock.adjust("20 millis")
    yield* until(() => job.status === "ended")

    const percents = job.progress.map((progress) => progress.percent)
    expect(percents.length).toBeGreaterThan(2)
    expect(percents.length).toBeLessThanOrEqual(7)
    expect(percents).toEqual(percents.toSorted((a, b) => a - b))
  })
)

it.effect("finishes what it runs when it is stopped, and hands back what takes longer than the grace", () =>
  Effect.gen(function* () {
    const quick = scripted("quick", () => Effect.sleep("10 seconds").pipe(Effect.as("done")))
    const { queue, state, stop } = yield* startWorker(forever, quick)
    const long = yield* queue.add({ jobType: "forever" })
    const short = yield* queue.add({ jobType: "quick" })
    yield* until(() => long.attempt === 1 && short.attempt === 1)

    const stopping = yield* Effect.forkChild(stop)
    yield* until(() => state.phase === "draining")
    const late = yield* queue.add({ jobType: "quick" })
    yield* TestClock.adjust("10 seconds")
    yield* until(() => short.status === "ended")
    yield* TestClock.adjust("10 seconds")
    yield* Fiber.join(stopping)

    expect(short.outcomes).toEqual([{ _tag: "Completed", result: "done" }])
    expect(long.outcomes).toEqual([{ _tag: "Released" }])
    expect(late.attempt).toBe(0)
  })
)

for (const [what, steps] of [
  ["result", Effect.succeed("a\u0000b")],
  ["output of a step", Effect.flatMap(Steps, (api) => api.run("first", Schema.String, Effect.succeed("a\u0000b")))]
] as const) {
  it.effect(`fails a job whose ${what} cannot be stored, instead of trying for ever`, () =>
    Effect.gen(function* () {
      const { queue } = yield* startWorker(scripted("unstorable", () => steps))
      const job = yield* queue.add({ jobType: "unstorable" })

      yield* until(() => job.status === "ended")

      expect(job.outcomes).toMatchObject([{ _tag: "Failed", error: { code: "SCRIPT_DEFECT" } }])
      expect(JSON.stringify(job.outcomes)).toContain("cannot be stored")
    })
  )
}

it.effect("cuts a log line between characters, and replaces what cannot be stored", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(
      scripted("loud", () =>
        Effect.logInfo(`${"x".repeat(7_999)}😀`).pipe(Effect.andThen(Effect.logInfo("a\u0000b\ud800")), Effect.as(null))
      )
    )
    const job = yield* queue.add({ jobType: "loud" })
    yield* until(() => job.status === "ended")

    expect(job.log.map((line) => line.message)).toEqual(["x".repeat(7_999), "a\ufffdb\ufffd"])
  })
)

it.effect("keeps a log line of whatever a script logs, and fails nothing because of it", () =>
  Effect.gen(function* () {
    const circular: Record<string, unknown> = { n: 1n }
    circular.self = circular
    const { queue } = yield* startWorker(scripted("odd", () => Effect.as(Effect.logInfo(circular), null)))
    const job = yield* queue.add({ jobType: "odd" })
    yield* until(() => job.status === "ended")

    expect(job.outcomes).toEqual([{ _tag: "Completed", result: null }])
    expect(job.log[0]?.message).toContain("Circular")
  })
)

for (const [what, script] of [
  ["result", Effect.succeed("x".repeat(2_000_000))],
  ["output", Effect.flatMap(Steps, (api) => api.run("first", Schema.String, Effect.succeed("x".repeat(2_000_000))))]
] as const) {
  it.effect(`refuses a ${what} that is too large to be read back with others`, () =>
    Effect.gen(function* () {
      const { queue } = yield* startWorker(scripted("large", () => script))
      const job = yield* queue.add({ jobType: "large" })
      yield* until(() => job.status === "ended")

      expect(job.outcomes).toMatchObject([{ _tag: "Failed", error: { code: "SCRIPT_DEFECT" } }])
      expect(job.checkpoints.size).toBe(0)
    })
  )
}
