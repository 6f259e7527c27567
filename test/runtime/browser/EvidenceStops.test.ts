/** How keeping the rest of an attempt ends when the attempt has to be gone. Its browser is a fake one, so time is tested. */
import { expect } from "bun:test"
import { EventEmitter } from "node:events"
import { Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { Artifacts } from "../../../src/domain/Artifacts.ts"
import type { Claim } from "../../../src/domain/JobQueue.ts"
import { StepEvidences } from "../../../src/domain/StepEvidence.ts"
import { StepSnapshots } from "../../../src/domain/StepSnapshots.ts"
import type { OpenSession } from "../../../src/runtime/browser/BrowserSeat.ts"
import { Evidence } from "../../../src/runtime/browser/Evidence.ts"
import { StopSignal } from "../../../src/runtime/StopSignal.ts"
import { it } from "../../support/effect.ts"

const evidence = Evidence.layer("failure").pipe(
  Layer.provide(Layer.mergeAll(Layer.mock(Artifacts, {}), Layer.mock(StepEvidences, {}), Layer.mock(StepSnapshots, {})))
)

/** Closes an attempt that failed. Its trace never gets ready; `done` tells in order what was done to its browser. */
const closeAttempt = Effect.fnUntraced(function* (signal: StopSignal) {
  const done: Array<string> = []
  const isKeeping = yield* Deferred.make<void>()
  const tracing = {
    start: async () => undefined,
    stop: (options?: object) => {
      done.push(options ? "keep the trace" : "discard the trace")
      if (options === undefined) return Promise.resolve()
      Deferred.doneUnsafe(isKeeping, Effect.void)
      return new Promise(() => undefined)
    }
  }
  const page = { close: async () => void done.push("close the page") }
  const context = Object.assign(new EventEmitter(), { tracing, pages: () => [page] })
  const session = { context, page, rawTraces: "/nowhere" } as unknown as OpenSession
  const claim = { jobId: "JOB_20260101_000000_00000000", lease: { attempt: 1 } } as unknown as Claim
  const scope = yield* Scope.make()
  yield* Effect.flatMap(Evidence, ({ watch }) =>
    watch({ session, claim, secrets: () => [], openStep: () => undefined, signal })
  ).pipe(Scope.provide(scope), Effect.provide(evidence))
  const closing = yield* Effect.forkChild(Scope.close(scope, Exit.fail("the script failed")))
  yield* Deferred.await(isKeeping)
  return { closing, done }
})

for (const [first, then] of [
  ["ended", "cancel"],
  ["ended", "shutdown"],
  ["timeout", "leaseLost"]
] as const) {
  it.effect(
    `discards what it was keeping of an attempt that ${first === "ended" ? "failed" : "was too slow"} at ${then}`,
    () =>
      Effect.gen(function* () {
        const signal = new StopSignal()
        if (first === "timeout") signal.stop(first)
        const { closing, done } = yield* closeAttempt(signal)

        signal.stop(then)
        // On the test clock no time passes, so no limit ends the wait.
        yield* Fiber.join(closing)

        expect(done.slice(-2)).toEqual(["keep the trace", "discard the trace"])
      })
  )
}

it.effect("closes the pages of an attempt that was too slow before its trace is kept", () =>
  Effect.gen(function* () {
    const signal = new StopSignal()
    signal.stop("timeout")

    const { closing, done } = yield* closeAttempt(signal)

    expect(done).toEqual(["close the page", "keep the trace"])
    yield* TestClock.adjust("31 seconds")
    yield* Fiber.join(closing)
  })
)
