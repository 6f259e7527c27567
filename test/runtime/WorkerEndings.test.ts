import { expect } from "bun:test"
import { Duration, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { FatalError } from "../../src/domain/JobError.ts"
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
