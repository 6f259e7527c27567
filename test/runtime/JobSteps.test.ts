import { expect } from "bun:test"
import { Cause, Clock, Duration, Effect, Exit, Fiber, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { FatalError } from "../../src/domain/JobError.ts"
import { JobId, ReadableJobId } from "../../src/domain/JobId.ts"
import { JobQueue } from "../../src/domain/JobQueue.ts"
import type { JobType } from "../../src/domain/JobType.ts"
import { LeaseToken } from "../../src/domain/Lease.ts"
import type { Progress } from "../../src/domain/Progress.ts"
import { makeJobSteps, type StepWatch } from "../../src/runtime/JobSteps.ts"
import { it } from "../support/effect.ts"
import { idle } from "../support/scripts.ts"

const id = JobId.make("018f0000-0000-7000-8000-000000000001")

/** Steps of an attempt that somebody looks on at. What happens is told in its order. */
const makeStepsOf = Effect.fnUntraced(function* (type: JobType, checkpoints: ReadonlyMap<string, unknown>) {
  const progress: Array<Progress> = []
  const told: Array<string> = []
  const tookMs: Array<number> = []
  const tell = (what: string) => Effect.sync(() => void told.push(what))
  const watch: StepWatch = {
    completed: (name, number) => tell(`seen: ${name}, number ${number}`),
    failed: (name, number, cause) =>
      Effect.as(tell(`seen failing: ${name}, number ${number}`), Cause.combine(cause, cause))
  }
  const queue = yield* Effect.provide(
    JobQueue,
    Layer.mock(JobQueue, {
      startStep: (_, step) => {
        progress.push(step.progress)
        return tell(`started: ${step.name}`)
      },
      progress: (_, value) => Effect.sync(() => void progress.push(value)),
      endStep: (_, { name, outcome }) => tell(`${outcome}: ${name}`),
      completeSoon: () => undefined
    })
  )
  const { failedStep, openStep, steps } = makeJobSteps({
    queue,
    claim: {
      lease: { jobId: id, token: LeaseToken.make(crypto.randomUUID()), attempt: 1 },
      id,
      jobId: ReadableJobId.make("JOB_20260101_000000_00000000"),
      jobType: "idle",
      organisationId: "default",
      input: {},
      retryCount: 0,
      maxRetries: 0,
      timeout: Duration.minutes(1),
      checkpoints
    },
    type,
    mask: (text) => text,
    onLeaseLost: () => Effect.interrupt,
    urgent: Effect.never,
    watch,
    tell: ({ durationMs }) => Effect.sync(() => void tookMs.push(durationMs)),
    scope: yield* Effect.scope
  })
  return { failedStep, openStep, progress, steps, tookMs, told }
})
const makeSteps = makeStepsOf(idle, new Map())

it.effect("lets who looks on see a step after its output is stored and before the next one starts", () =>
  Effect.gen(function* () {
    const { steps, told } = yield* makeSteps

    yield* steps.prepare("first", Effect.void)
    yield* steps.run("second", Schema.Int, Effect.succeed(1))

    expect(told).toEqual([
      "started: first",
      "completed: first",
      "seen: first, number 1",
      "started: second",
      "completed: second",
      "seen: second, number 2"
    ])
  })
)

it.effect("fails with what who looks on makes of the failure", () =>
  Effect.gen(function* () {
    const { steps, told } = yield* makeSteps
    const error = new FatalError({ code: "ELEMENT_NOT_FOUND", message: "Not there." })

    const cause = yield* Effect.flip(Effect.sandbox(steps.prepare("first", Effect.fail(error))))

    expect(told).toEqual(["started: first", "failed: first", "seen failing: first, number 1"])
    expect(cause).toEqual(Cause.combine(Cause.fail(error), Cause.fail(error)))
  })
)

it.effect("knows which step is open: none that has ended, and one that was interrupted", () =>
  Effect.gen(function* () {
    const { openStep, steps } = yield* makeSteps
    const seen: Array<string | undefined> = [openStep()]
    const look = Effect.sync(() => void seen.push(openStep()))

    yield* steps.prepare("first", look)
    yield* look
    yield* Effect.exit(steps.prepare("second", Effect.fail("it failed")))
    yield* look
    yield* Effect.exit(steps.prepare("second", Effect.interrupt))
    yield* look

    expect(seen).toEqual([undefined, "first", undefined, undefined, "second"])
  })
)

it.effect("knows which step failed: the inner one of two, and a later one with the same failure", () =>
  Effect.gen(function* () {
    const { failedStep, steps } = yield* makeSteps
    const error = new FatalError({ code: "NOT_FOUND", message: "Not there." })
    const failing = Effect.fail(error)

    const inner = yield* Effect.flip(Effect.sandbox(steps.prepare("first", steps.prepare("second", failing))))
    expect(failedStep(inner)).toBe("second")

    const later = yield* Effect.flip(Effect.sandbox(steps.prepare("first", failing)))
    expect(failedStep(later)).toBe("first")
  })
)

it.effect("knows which step is open while several run side by side", () =>
  Effect.gen(function* () {
    const { openStep, steps } = yield* makeSteps
    const first = yield* Effect.forkChild(steps.prepare("first", Effect.never), { startImmediately: true })

    yield* steps.prepare("second", Effect.void)

    expect(openStep()).toBe("first")
    yield* Fiber.interrupt(first)
  })
)

it.effect("refuses to keep two outputs under one name, and runs a step again that failed", () =>
  Effect.gen(function* () {
    const { steps, told } = yield* makeSteps
    let tries = 0
    const second = Effect.suspend(() => (++tries < 3 ? Effect.fail("not yet") : Effect.succeed(tries)))

    const first = yield* steps.run("second", Schema.Int, second).pipe(Effect.retry({ times: 5 }))
    const again = yield* Effect.exit(steps.run("second", Schema.Int, Effect.succeed(4)))

    expect(first).toBe(3)
    expect(Exit.isFailure(again) && Cause.squash(again.cause)).toMatchObject({
      code: "SCRIPT_DEFECT",
      message: 'The step "second" was used twice; declare it with repeats: true and name it second-1, second-2.'
    })
    expect(told.filter((what) => what === "started: second")).toHaveLength(3)
  })
)

it.effect("calls an output of another form a defect of the script", () =>
  Effect.gen(function* () {
    const { steps } = yield* makeSteps

    const cause = yield* Effect.flip(Effect.sandbox(steps.run("second", Schema.Int, Effect.succeed(1.5))))

    expect(Cause.squash(cause)).toMatchObject({
      code: "SCRIPT_DEFECT",
      message: expect.stringMatching(/^The output of the step second has another form than its schema \(/u)
    })
  })
)

it.effect("counts the parts that are kept of a repeating step for no whole step", () =>
  Effect.gen(function* () {
    const of = 14
    const steps = [
      { name: "outline", title: "Outline" },
      { name: "day", title: "Plan day", repeats: true },
      { name: "check", title: "Check" },
      { name: "join", title: "Join" }
    ] as const
    const kept = new Map([["outline", 0], ...[1, 2, 3].map((day) => [`day-${day}`, day] as const)])
    const made = yield* makeStepsOf({ ...idle, steps }, kept)
    const run = (name: string) => made.steps.run(name, Schema.Int, Effect.succeed(0))
    for (const name of kept.keys()) yield* run(name)

    yield* run("day-4")
    yield* made.steps.progress("4 of 14", { done: 4, of })
    yield* Effect.yieldNow.pipe(Effect.repeat({ until: () => made.progress.length === 2 }))
    yield* run("check")

    expect(made.progress.map(({ percent }) => percent)).toEqual([25, 32, 50])
  }).pipe(Effect.scoped)
)

it.effect("tells how long a step took, also when somebody sets the clock back meanwhile", () =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    let back = 0
    const wallMs = () => clock.currentTimeMillisUnsafe() - back
    const set = Object.assign(Object.create(clock) as Clock.Clock, {
      currentTimeMillisUnsafe: wallMs,
      currentTimeMillis: Effect.sync(wallMs)
    })
    const { steps, tookMs } = yield* makeStepsOf(idle, new Map())
    const step = steps.run(idle.steps[0]!.name, Schema.Null, Effect.as(Effect.sleep("12 seconds"), null))
    const running = yield* Effect.forkChild(Effect.provideService(step, Clock.Clock, set))
    yield* TestClock.adjust("1 second")
    back = 3_600_000
    yield* TestClock.adjust("11 seconds")
    yield* Fiber.join(running)

    expect(tookMs).toEqual([12_000])
  }).pipe(Effect.scoped)
)
