/** Why a program could not be started, in words for the person who described it. */
import { Predicate } from "effect"
import { PlatformError } from "effect/PlatformError"
import type { Command } from "../domain/Commands.ts"
import { FatalError, type JobError, RetryableError } from "../domain/JobError.ts"

const BUSY = new Set(["EAGAIN", "EMFILE", "ENFILE", "ENOMEM", "ETXTBSY"])

/** Errors of the system come wrapped, or as they were thrown. */
const systemCode = (error: unknown): string => {
  const cause = error instanceof PlatformError && "cause" in error.reason ? error.reason.cause : error
  return Predicate.hasProperty(cause, "code") ? String(cause.code) : "unknown"
}

const isDirectoryFault = (error: unknown) => error instanceof PlatformError && error.reason.module !== "ChildProcess"

/** Without its cause, which quotes the arguments: they may be personal. */
export const commandStartFailure = ({ directory = "", program }: Command, error: unknown): JobError => {
  const code = systemCode(error)
  if (isDirectoryFault(error)) {
    return new FatalError({
      code: "NOT_FOUND",
      message: `The command cannot be started in the folder ${directory} (${code}).`,
      hint: "Look at directory in the definition of the job type."
    })
  }
  if (code === "ENOENT") {
    return new FatalError({
      code: "NOT_FOUND",
      message: `The command ${program} was not found.`,
      hint: "Install it where the workers run, or name it by its full path."
    })
  }
  if (code === "EACCES" || code === "EPERM" || code === "ENOEXEC") {
    return new FatalError({
      code: "PERMISSION_DENIED",
      message: `${program} cannot be run as a program (${code}).`,
      hint: "Make it executable and give it a first line such as #!/usr/bin/env node, or name its interpreter as the program."
    })
  }
  if (code === "E2BIG") {
    return new FatalError({
      code: "VALIDATION_ERROR",
      message: "The input is too large for arguments and environment of a command.",
      hint: "Give it by stdin."
    })
  }
  return BUSY.has(code)
    ? new RetryableError({
        code: "SERVICE_UNAVAILABLE",
        message: `The machine could not start another process (${code}).`
      })
    : new FatalError({ code: "SCRIPT_DEFECT", message: `The command could not be started (${code}).` })
}
