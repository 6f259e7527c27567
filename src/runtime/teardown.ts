/** With what code the process ends. */
import { Cause, Exit, type Runtime } from "effect"

/** A stop by signal is a good end. */
export const teardown: Runtime.Teardown = (exit, onExit) =>
  onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
