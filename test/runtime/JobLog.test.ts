import { expect } from "bun:test"
import { Effect, type Fiber, Logger } from "effect"
import { TestClock } from "effect/testing"
import { type NewLogLine, QueueUnavailable } from "../../src/domain/JobQueue.ts"
import { type JobLogOptions, makeJobLog } from "../../src/runtime/JobLog.ts"
import { it } from "../support/effect.ts"

/** The log of an attempt without secrets. */
const logOf = (options: Pick<JobLogOptions, "warn" | "write">) =>
  Effect.gen(function* () {
    const run: (writer: Effect.Effect<void>) => Fiber.Fiber<void> = Effect.runForkWith(yield* Effect.context<never>())
    return makeJobLog({ ...options, run, mask: (text) => text, currentStep: () => undefined })
  })

/** What is kept of these lines. */
const keptOf = (script: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const kept: Array<NewLogLine> = []
    const write = (lines: ReadonlyArray<NewLogLine>) => Effect.sync(() => void kept.push(...lines))
    const log = yield* logOf({ write, warn: () => Effect.void })
    yield* Effect.provideService(script, Logger.CurrentLoggers, new Set([log.logger]))
    yield* log.flushBefore(Effect.void)
    return kept.map(({ message }) => message)
  })

it.effect("hides what a raw error may quote, wherever in a line it stands", () =>
  Effect.gen(function* () {
    const error = new Error("no row for guest 123456789 at https://portal.example/menu?guest=ada")
    const ways: ReadonlyArray<unknown> = [
      error,
      { error },
      [error],
      { tried: [{ error }] },
      new Map([["error", error]])
    ]
    const kept = yield* keptOf(Effect.forEach(ways, (way) => Effect.logWarning("failed", way), { discard: true }))

    expect(kept).toHaveLength(ways.length)
    for (const line of kept) {
      expect(line).toContain("no row for guest •••• at https://portal.example/menu")
      expect(line).not.toContain("guest=ada")
      expect(line).not.toContain(process.cwd())
    }
  })
)

it.effect("leaves the numbers that a script chose to write", () =>
  Effect.gen(function* () {
    const kept = yield* keptOf(Effect.logInfo("order 123456789 took", 987654321, true, null))

    expect(kept).toEqual(["order 123456789 took 987654321 true null"])
  })
)

for (const [how, write] of [
  ["refuses them", Effect.fail(new QueueUnavailable({ operation: "log", cause: "refused" }))],
  ["says nothing", Effect.never]
] as const) {
  it.effect(`tries lines for about a minute where the database ${how}, and then says that they are lost`, () =>
    Effect.gen(function* () {
      const seen = { tries: 0, lost: 0 }
      const log = yield* logOf({
        write: () =>
          Effect.suspend(() =>
            Effect.andThen(
              Effect.sync(() => seen.tries++),
              write
            )
          ),
        warn: () => Effect.sync(() => void seen.lost++)
      })
      yield* Effect.provideService(Effect.logInfo("a line"), Logger.CurrentLoggers, new Set([log.logger]))
      const pass = (seconds: number) => Effect.repeat(TestClock.adjust("1 second"), { times: seconds - 1 })
      yield* pass(55)
      expect(seen.lost).toBe(0)
      expect(seen.tries).toBeGreaterThan(5)

      yield* pass(20)
      expect(seen.lost).toBe(1)
    })
  )
}
