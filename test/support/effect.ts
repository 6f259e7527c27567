/** `it.effect` and `it.live` for `bun test`: scoped, on the test clock or on the real one. */
import { test } from "bun:test"
import { Cause, Effect, Exit, Layer, type Scope } from "effect"
import { TestClock, TestConsole } from "effect/testing"

type Body<A, E, R> = () => Effect.Effect<A, E, R>

const run = async <A, E>(effect: Effect.Effect<A, E>): Promise<void> => {
  const exit = await Effect.runPromiseExit(effect)
  if (Exit.isFailure(exit)) throw Cause.prettyErrors(exit.cause)[0] ?? new Error("interrupted")
}

const TestEnvironment = Layer.mergeAll(TestClock.layer(), TestConsole.layer)

/** Real processes, a real Postgres and a real Chromium take longer than Bun's 5 s default on a busy machine. */
const LONGEST_MS = 60_000

/**
 * What a test started ends with it, also when it takes too long: Bun would kill the processes and leave the rest running
 * into the next try. It waits for this as long.
 */
const LONGEST_END_MS = 30_000

const inTime = <A, E>(effect: Effect.Effect<A, E>, timeoutMs: number) =>
  Effect.timeoutOrElse(effect, {
    duration: timeoutMs,
    orElse: () => Effect.die(new Error(`the test did not end within ${timeoutMs} ms`))
  })

export const it = {
  effect: <A, E>(name: string, body: Body<A, E, Scope.Scope>, timeoutMs = LONGEST_MS) =>
    test(name, () => run(Effect.suspend(body).pipe(Effect.scoped, Effect.provide(TestEnvironment))), timeoutMs),
  live: <A, E>(name: string, body: Body<A, E, Scope.Scope>, timeoutMs = LONGEST_MS) =>
    test(name, () => run(inTime(Effect.suspend(body).pipe(Effect.scoped), timeoutMs)), timeoutMs + LONGEST_END_MS)
}
