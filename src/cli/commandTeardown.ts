/** With what code a command ends that was stopped by a signal: as shells know it, and never as one that did its work. */
import { Cause, Exit, type Runtime } from "effect"
import { teardown as teardownOfServer } from "../runtime/teardown.ts"

const CODES = { SIGINT: 130, SIGTERM: 143 } as const

/** `serves` is asked at the end: only a server stops well when it is told to. */
export const makeCommandTeardown = (serves: () => boolean): Runtime.Teardown => {
  let code: number = CODES.SIGTERM
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      code = CODES[signal]
    })
  }
  return (exit, onExit) => {
    const isStopped = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
    return isStopped && !serves() ? onExit(code) : teardownOfServer(exit, onExit)
  }
}
