/** From how a program ended to why its job failed. */
import { Schema } from "effect"
import type { LineError, LineWords } from "./CommandOutput.ts"
import type { CommandEnd, CommandLine } from "./Commands.ts"
import { FatalError, type JobError, JobErrorCode, RetryableCode, RetryableError } from "./JobError.ts"

/** The code decides whether the job is tried again. */
export interface CommandError {
  readonly code: JobErrorCode
  /** One sentence for a person. */
  readonly message?: string
  readonly hint?: string
}

/** What a line says that went wrong; its named group `message` is used when there is no fixed one. */
export interface ErrorPattern extends CommandError {
  readonly pattern: RegExp
}

export interface CommandFailures {
  /** Exit codes and what they mean. Default: 0 is good, everything else SCRIPT_DEFECT, which is not tried again. */
  readonly exits?: Readonly<Record<number, CommandError | "completed">>
  /** Tried on each line of both outputs; the first that is found counts more than the exit code of a failure. */
  readonly errors?: ReadonlyArray<ErrorPattern>
}

const isRetryableCode = Schema.is(RetryableCode)
const isCode = Schema.is(JobErrorCode)

export const faultOfFailures = ({ errors = [], exits = {} }: CommandFailures): string | undefined => {
  if (!Array.isArray(errors)) return "its failures.errors must be a list."
  const meanings = Object.values(exits).filter((meaning) => meaning !== "completed")
  const all = [...errors, ...meanings]
  if (all.some((each) => typeof each !== "object" || each === null)) {
    return 'its failures.exits must give each exit code "completed" or { code }, and each of its errors is { pattern, code }.'
  }
  const wrong = all.find(({ code }) => !isCode(code))
  if (wrong !== undefined) return `"${String(wrong.code)}" is no error code.`
  return errors.some(({ pattern }) => !(pattern instanceof RegExp))
    ? "each of its errors needs a pattern, which is a regular expression."
    : undefined
}

const LONGEST_PATTERN_TEXT = 8_192

/** The failure that a line speaks of. */
export const makeErrorFinder = ({ errors = [] }: CommandFailures) => {
  const all = errors.map(({ pattern: { flags, source }, ...error }) => ({
    error,
    pattern: new RegExp(source, flags.replaceAll(/[gy]/gu, ""))
  }))
  return ({ text }: CommandLine): LineError | undefined => {
    if (text.length > LONGEST_PATTERN_TEXT) return undefined
    for (const { error, pattern } of all) {
      const found = pattern.exec(text)
      const message = found && (error.message ?? found.groups?.message)
      if (found) return { ...error, ...(message != null && { message }) }
    }
    return undefined
  }
}

const toJobError = ({ code, hint, message }: LineError, standard: string): JobError => {
  const details = { message: message ?? standard, ...(hint !== undefined && { hint }) }
  return isRetryableCode(code) ? new RetryableError({ code, ...details }) : new FatalError({ code, ...details })
}

const LOOK = "The log of the job has what the command said."

/** For a command whose last words are not in the log, because they may be its result. */
const NOT_IN_LOG =
  'What the command said last looks like a result, so it is not in the log. Let it say why it fails on its standard error, or with jsonLines: {"error":{"code":"NOT_FOUND","message":"…"}}.'

/** What the system sends when memory or time ran out, or an operator stepped in: the command may do better next time. */
const FROM_OUTSIDE = new Set(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"])

interface Said {
  /** What the lines of the command blamed. */
  readonly blamed: LineError | undefined
  /** Its own words, for what the code is found elsewhere. */
  readonly words: LineWords | undefined
  /** Its last lines are not in the log. */
  readonly isHidden: boolean
}

/** Undefined when the command did its work. */
export const failureOfEnd = (
  end: CommandEnd,
  { exits = {} }: CommandFailures,
  { blamed, isHidden, words }: Said
): JobError | undefined => {
  const hint = isHidden ? NOT_IN_LOG : LOOK
  if (end._tag === "Killed") {
    const message = `The command was ended by a signal (${end.signal}).`
    return FROM_OUTSIDE.has(end.signal)
      ? new RetryableError({ code: "SERVICE_UNAVAILABLE", message, hint: "Perhaps the machine ran out of memory." })
      : new FatalError({ code: "SCRIPT_DEFECT", message, hint })
  }
  const meaning = Object.hasOwn(exits, end.code) ? exits[end.code] : undefined
  if (meaning === "completed" || (end.code === 0 && meaning === undefined)) return undefined
  const standard = `The command ended with exit code ${end.code}.`
  const defect = { code: "SCRIPT_DEFECT", ...(words === undefined && { hint }) } as const
  return toJobError({ ...words, ...(blamed ?? meaning ?? defect) }, standard)
}
