import { expect } from "bun:test"
import { Duration, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { FatalError } from "../../src/domain/JobError.ts"
import { Untimed } from "../../src/domain/Untimed.ts"
import { it } from "../support/effect.ts"
import { idle, scripted, scriptedInBrowser } from "../support/scripts.ts"
import { startWorker, startWorkerIn, until } from "../support/TestWorker.ts"

const REFUSED = new FatalError({ code: "INVALID_CREDENTIALS", message: "The portal does not know this password." })

const endings = [
  ["fails", Effect.fail(REFUSED), { _tag: "Failed", error: { code: "INVALID_CREDENTIALS", retryable: false } }],
  ["ends well", Effect.succeed("done"), { _tag: "Completed", result: "done" }]
] as const

for (const [what, end, outcome] of endings) {
  it.effect(`does not count the time that closing takes against a script that ${what}`, () =>
    Effect.gen(function* () {
      const script = Effect.andThen(Effect.sleep("50 seconds"), end)
      const { queue } = yield* startWorkerIn(
        { closing: Effect.sleep("40 seconds") },
        scriptedInBrowser("slow", () => script)
      )
      const job = yield* queue.add({ jobType: "slow", lane: "browser", timeout: Duration.minutes(1) })
      yield* until(() => job.status === "in_progress")

      for (let second = 0; second < 100; second++) yield* TestClock.adjust("1 second")
      yield* until(() => job.outcomes.length > 0)

      expect(job.outcomes).toMatchObject([outcome])
    })
  )
}

it.effect("does not count a wait that is none of its work against a script", () =>
  Effect.gen(function* () {
    const wait = Effect.flatMap(Untimed, (untimed) => untimed(Effect.sleep("10 minutes")))
    const { queue } = yield* startWorkerIn(
      {},
      scripted("waits", () => Effect.as(wait, "done"))
    )
    const job = yield* queue.add({ jobType: "waits", timeout: Duration.minutes(1) })
    yield* until(() => job.status === "in_progress")

    for (let second = 0; second < 600; second += 10) yield* TestClock.adjust("10 seconds")
    yield* until(() => job.outcomes.length > 0)

    expect(job.outcomes).toMatchObject([{ _tag: "Completed", result: "done" }])
  })
)

it.effect("removes bytes of files that are gone in its rounds", () =>
  Effect.gen(function* () {
    let sweeps = 0
    yield* startWorkerIn({ sweep: Effect.sync(() => ++sweeps) }, idle)

    yield* TestClock.adjust("11 minutes")

    expect(sweeps).toBe(1)
  })
)

const holdsItself: Record<string, Schema.Json> = {}
Object.assign(holdsItself, { self: holdsItself })

for (const [lane, input] of [
  ["default", {}],
  ["default", { password: "hunter2&co" }],
  ["quick", {}]
] as const) {
  it.effect(
    `fails a job in the ${lane} lane whose result holds itself, with ${Object.keys(input).length} secret(s)`,
    () =>
      Effect.gen(function* () {
        const type = scripted("endless", () => Effect.succeed(holdsItself), { result: Schema.Any })
        const { queue, running } = yield* startWorker({ ...type, lane })
        const job = yield* queue.add({ jobType: "endless", lane, input })

        yield* until(() => job.status === "ended")

        expect(job.outcomes).toMatchObject([{ _tag: "Failed", error: { code: "SCRIPT_DEFECT" } }])
        yield* running.awaitEmpty
      })
  )
}

const noEffect = (given: unknown) => given as Effect.Effect<never>

const withFinalizer = (ran: () => void, script: () => Effect.Effect<never>) =>
  Effect.andThen(
    Effect.addFinalizer(() => Effect.sync(ran)),
    Effect.suspend(script)
  )

for (const [what, run, end] of [
  [
    "whose run gives a Promise",
    (ran: () => void) => {
      ran()
      return noEffect(Promise.resolve(5))
    },
    "The run of the job type gave a Promise"
  ],
  [
    "that goes on with what is no Effect",
    (ran: () => void) => withFinalizer(ran, () => Effect.flatMap(Effect.yieldNow, () => noEffect(5))),
    "The script failed with an unexpected error"
  ],
  [
    "that gives no Effect where it cannot be stopped",
    (ran: () => void) =>
      withFinalizer(ran, () => Effect.uninterruptible(Effect.flatMap(Effect.void, () => noEffect(5)))),
    "The script failed with an unexpected error"
  ]
] as const) {
  it.effect(`closes everything that a script had ${what}, and says so in its log`, () =>
    Effect.gen(function* () {
      let [closed, finalized] = [0, 0]
      const { queue, running } = yield* startWorkerIn(
        { closing: Effect.sync(() => ++closed) },
        scriptedInBrowser("wrong", () => run(() => ++finalized))
      )
      const add = queue.add({ jobType: "wrong", lane: "browser" })
      const jobs = yield* Effect.all([add, add, add])

      yield* until(() => jobs.every(({ status }) => status === "ended"))

      expect([closed, finalized]).toEqual([3, 3])
      for (const { log, outcomes } of jobs) {
        const message = expect.stringContaining(end)
        expect(outcomes).toMatchObject([{ _tag: "Failed", error: { code: "SCRIPT_DEFECT", message } }])
        expect(log.at(-1)?.level).toBe("error")
      }
      yield* running.awaitEmpty
    })
  )
}

it.effect("waits for the end of a script that cannot be stopped", () =>
  Effect.gen(function* () {
    const type = scripted("steady", () => Effect.uninterruptible(Effect.as(Effect.sleep("2 minutes"), "done")))
    const { queue, running } = yield* startWorker(type)
    const job = yield* queue.add({ jobType: "steady" })
    yield* until(() => job.status === "in_progress")

    yield* running.stopAll("cancel")
    yield* TestClock.adjust("1 minute")
    expect(job.outcomes).toEqual([])
    yield* TestClock.adjust("1 minute")

    yield* until(() => job.status === "ended")
    expect(job.outcomes).toMatchObject([{ _tag: "Cancelled" }])
  })
)
