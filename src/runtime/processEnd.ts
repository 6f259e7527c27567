/** How the process ends: what it says then, and its exit code. */
import { inspect } from "node:util"
import { Cause, Console, Effect, Exit, type Runtime, Schema } from "effect"
import { redact } from "../domain/redact.ts"

export class CannotStart extends Schema.TaggedError<CannotStart>()("CannotStart", { message: Schema.String }) {}

/** What stops the start becomes a sentence for the person who typed the command; a bug is told with its stack. */
export const startOf = <E extends { readonly message: string }>(main: Effect.Effect<never, E>) =>
  main.pipe(
    Effect.mapError(({ message }) => new CannotStart({ message: redact(`Callboard cannot start. ${message}`) })),
    Effect.tapDefect((defect) => Console.error(redact(`Callboard stopped because of a bug. ${inspect(defect)}`)))
  )

/** A stop by signal is a good end. */
export const teardown: Runtime.Teardown = (exit, onExit) =>
  onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
