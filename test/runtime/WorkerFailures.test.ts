/** What is told of attempts that fail, are cancelled early, or end in a way that the database refuses. */
import { expect } from "bun:test"
import { Effect, Logger, References } from "effect"
import { TestClock } from "effect/testing"
import { RetryableError } from "../../src/domain/JobError.ts"
import { Steps } from "../../src/domain/Steps.ts"
import { it } from "../support/effect.ts"
import { scripted } from "../support/scripts.ts"
import { startWorker, until } from "../support/TestWorker.ts"

const forever = scripted("forever", () => Effect.never)
const gone = new RetryableError({ code: "NETWORK_ERROR", message: "The portal is gone." })

for (const lane of ["default", "quick"] as const) {
  it.effect(`hears within a second of a cancellation that overtook the answer to its claim, in the ${lane} lane`, () =>
    Effect.gen(function* () {
      const { queue } = yield* startWorker({ ...forever, lane })
      // The worker's first beats are over.
      yield* TestClock.adjust("1 second")
      queue.database.answerMs = 100
      const job = yield* queue.add({ jobType: "forever", lane })
      yield* until(() => job.attempt === 1)

      yield* queue.cancel(job)
      yield* TestClock.adjust("1 second")
      yield* until(() => job.status === "ended")

      expect(job.outcomes).toEqual([{ _tag: "Cancelled" }])
    })
  )
}

it.effect("keeps no personal data of a bug, and says where the rest is", () =>
  Effect.gen(function* () {
    const raw = "guest 123456789012 (ann@example.com) of https://portal.test/menu?guest=Ann with hunter2&co"
    const { queue } = yield* startWorker(scripted("buggy", () => Effect.die(new RangeError(raw))))
    const job = yield* queue.add({ jobType: "buggy", input: { password: "hunter2&co" } })
    yield* until(() => job.status === "ended")

    const said = job.log.map(({ message }) => message).join("\n")
    expect(said).toContain("RangeError: guest •••• ([email]) of https://portal.test/menu••••")
    expect(said).not.toMatch(/123456789012|ann@|Ann|hunter2/u)
    expect(JSON.stringify(job.outcomes)).toContain("the log of the job has the whole error")
  })
)

it.effect("tries a job again whose secret was sealed with a key that only other processes have by now", () =>
  Effect.gen(function* () {
    const { box, queue } = yield* startWorker(scripted("sealed", () => Effect.succeed("done")))
    const sealedWith = (keyId: string) => ({ password: { $sealed: `v1.${keyId}.bm9uY2U.dGV4dA` } })
    const waiting = yield* queue.add({ jobType: "sealed", input: sealedWith("0a1b2c3d") })
    const changed = yield* queue.add({ jobType: "sealed", input: sealedWith(box.keyIds[0]!) })
    yield* until(() => waiting.outcomes.length === 1 && changed.status === "ended")
    yield* TestClock.adjust("58 seconds")
    const before = waiting.attempt
    yield* TestClock.adjust("3 seconds")
    yield* until(() => waiting.attempt === 2)

    expect(before).toBe(1)
    expect(waiting.outcomes[0]).toMatchObject({ _tag: "RetryLater", error: { code: "SERVICE_UNAVAILABLE" } })
    expect(changed.outcomes).toMatchObject([{ _tag: "Failed", error: { code: "PERMISSION_DENIED" } }])
  })
)

it.effect("blames the step that failed, not the one that began last", () =>
  Effect.gen(function* () {
    const script = Effect.gen(function* () {
      const steps = yield* Steps
      const failing = Effect.andThen(Effect.sleep("1 second"), Effect.fail(gone))
      const first = steps.prepare("first", failing)
      return yield* Effect.all([first, steps.prepare("second", Effect.never)], { concurrency: "unbounded" })
    })
    const { queue } = yield* startWorker(scripted("two", () => script))
    const job = yield* queue.add({ jobType: "two", maxRetries: 0 })
    yield* until(() => job.steps.length === 2)
    yield* TestClock.adjust("1 second")
    yield* until(() => job.status === "ended")

    expect(job.outcomes).toMatchObject([{ error: { code: "NETWORK_ERROR", step: "first" } }])
    expect(job.log).toMatchObject([{ message: "The portal is gone.", step: "first" }])
  })
)

it.effect("fails a job whose error the database refuses", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(scripted("odd", () => Effect.fail(gone)))
    queue.database.refuses = (outcome) => outcome._tag === "RetryLater"
    const job = yield* queue.add({ jobType: "odd" })
    yield* until(() => job.status === "ended")

    expect(job.outcomes).toMatchObject([{ _tag: "Failed", error: { code: "SCRIPT_DEFECT", retryable: false } }])
    expect(JSON.stringify(job.outcomes)).toContain("What the attempt failed with cannot be stored")
  })
)

it.effect("says so when the database refuses every end of an attempt, and takes that for no lost lease", () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ fiber, logLevel, message }) => {
    lines.push(JSON.stringify([logLevel, message, fiber.getRef(References.CurrentLogAnnotations)]))
  })
  return Effect.gen(function* () {
    const { queue, running } = yield* startWorker(scripted("odd", () => Effect.succeed("done")))
    queue.database.refuses = () => true
    const job = yield* queue.add({ jobType: "odd" })
    yield* until(() => job.attempt === 1)
    yield* running.awaitEmpty

    const said = lines.filter((line) => /refuses|lost/u.test(line))
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/Error.*refuses to record how an attempt ended.*22P05/u)
    expect(said[0]).not.toContain("unsupported Unicode")
  }).pipe(Effect.provideService(Logger.CurrentLoggers, new Set([logger])))
})
