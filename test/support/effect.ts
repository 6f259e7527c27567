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

export const it = {
  effect: <A, E>(name: string, body: Body<A, E, Scope.Scope>, timeoutMs = LONGEST_MS) =>
    test(name, () => run(Effect.suspend(body).pipe(Effect.scoped, Effect.provide(TestEnvironment))), timeoutMs),
  live: <A, E>(name: string, body: Body<A, E, Scope.Scope>, timeoutMs = LONGEST_MS) =>
    test(name, () => run(Effect.suspend(body).pipe(Effect.scoped)), timeoutMs)
}
