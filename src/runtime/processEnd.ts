/** How the process ends: what it says then, and its exit code. */
import { inspect } from "node:util"
import { Cause, Console, Effect, Exit, type Runtime } from "effect"
import { redact } from "../domain/redact.ts"

/** What stops the start is a sentence for the person who typed the command; a bug keeps its stack. */
export const reporting = <E extends { readonly message: string }>(main: Effect.Effect<never, E>) =>
  main.pipe(
    Effect.catch((error) =>
      Console.error(redact(`Callboard cannot start. ${error.message}`)).pipe(Effect.andThen(Effect.fail(error)))
    ),
    Effect.tapDefect((defect) => Console.error(redact(`Callboard stopped because of a bug. ${inspect(defect)}`)))
  )

/** A stop by signal is a good end. */
export const teardown: Runtime.Teardown = (exit, onExit) =>
  onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
