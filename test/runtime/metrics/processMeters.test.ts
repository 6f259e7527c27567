import { expect } from "bun:test"
import { Duration, Effect, Fiber, Logger } from "effect"
import { measureLag } from "../../../src/runtime/metrics/processMeters.ts"
import { it } from "../../support/effect.ts"

it.live("says that nothing else could run, when work did not pause for long", () =>
  Effect.gen(function* () {
    const lines: Array<unknown> = []
    const logger = Logger.make(({ message }) => void lines.push(message))
    const measured = (heldUp: Duration.Duration) =>
      Effect.gen(function* () {
        const measuring = yield* Effect.forkChild(measureLag(Duration.millis(1), heldUp), { startImmediately: true })
        const until = performance.now() + 60
        while (performance.now() < until) Math.sqrt(until)
        yield* Fiber.join(measuring)
      }).pipe(Effect.provide(Logger.layer([logger])))

    yield* measured(Duration.hours(1))
    expect(lines).toEqual([])
    yield* measured(Duration.millis(50))
    expect(String(lines)).toContain("did nothing else for a while")
  })
)
