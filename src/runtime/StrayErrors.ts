/**
 * Errors that nobody waits for: a promise without `await` or a timer in some script. They are logged, because one careless
 * script must not end the process and every other job in it. Only where they come from is told; their words may quote
 * what a script works on.
 */
import { Effect, Layer } from "effect"

const EVENTS = ["unhandledRejection", "uncaughtException"] as const

const placesOf = (error: unknown): string =>
  error instanceof Error
    ? (error.stack ?? "")
        .split("\n")
        .filter((line) => /^\s*at /u.test(line))
        .map((line) => line.trim().replaceAll(`${process.cwd()}/`, ""))
        .join(" ")
    : ""

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const run = Effect.runForkWith(yield* Effect.context<never>())
    const onStray = (error: unknown) => {
      const kind = error instanceof Error ? error.name : typeof error
      run(Effect.logError("an error that nothing waits for").pipe(Effect.annotateLogs({ kind, at: placesOf(error) })))
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        for (const event of EVENTS) process.on(event, onStray)
      }),
      () =>
        Effect.sync(() => {
          for (const event of EVENTS) process.off(event, onStray)
        })
    )
  })
)
