/**
 * What went wrong, in the words of `JobError`: the one place where raw failures of Playwright, the network, the
 * database, child processes and scripts get their code. Messages are for operators and repeat nothing of a raw
 * message that may hold a secret. The raw failure is kept as the cause: that of a bug goes into the log of the job,
 * without secrets and without what may be personal (`JobLog.ts`), and that of an expected failure nowhere.
 */
import { Cause, Predicate, Schema } from "effect"
import { HttpClientError } from "effect/http"
import { PlatformError } from "effect/PlatformError"
import { SqlError } from "effect/sql"
import { FatalError, type JobError, RetryableError } from "../domain/JobError.ts"
import { type InputIssue, InvalidInput, issuesOf } from "../domain/JobType.ts"
import { wishedDelay } from "../domain/retryAfter.ts"
import { classifyAi } from "./ai/classifyAi.ts"
import { classifyPlaywright } from "./browser/classifyPlaywright.ts"
import { codeOf, QUERY_CANCELED, sqlStateOf } from "./postgres/sqlState.ts"

/** Gives none for what it does not know. `error` is looked at, `cause` is what was caught around it. */
type Rule = (error: unknown, cause: unknown) => JobError | undefined

const classifyJobError: Rule = (error) =>
  error instanceof RetryableError || error instanceof FatalError ? error : undefined

const retryable = (code: RetryableError["code"], message: string, cause: unknown, hint?: string) =>
  new RetryableError({ code, message, cause, ...(hint !== undefined && { hint }) })

const fatal = (code: FatalError["code"], message: string, cause: unknown, hint?: string) =>
  new FatalError({ code, message, cause, ...(hint !== undefined && { hint }) })

const textOf = (issues: ReadonlyArray<InputIssue>): string =>
  issues.map(({ message, path }) => (path === "" ? message : `${path}: ${message}`)).join("; ")

const classifySchema: Rule = (error, cause) => {
  const issues = Schema.isSchemaError(error)
    ? issuesOf(error)
    : error instanceof InvalidInput
      ? error.issues
      : undefined
  if (!issues) return undefined
  return fatal("VALIDATION_ERROR", `The data does not have the expected form (${textOf(issues)}).`, cause)
}

/** SQLSTATE classes that pass by themselves: the server stops or starts, is out of resources, or has an I/O fault. */
const PASSING_SQLSTATE = /^(?:08|53|57P0|58)/u

/** A code is a text or a number; anything else may not even have a text. */
const codeText = (code: unknown): string => (typeof code === "string" || typeof code === "number" ? String(code) : "")

/** The database was there. Who is told that it could not be reached looks for the fault in the wrong place. */
const tookTooLong = (why: unknown): boolean => Cause.isTimeoutError(why) || codeOf(why) === QUERY_CANCELED

const classifySql: Rule = (error, cause) => {
  if (Predicate.isTagged(error, "QueueUnavailable") || Predicate.isTagged(error, "JobsUnavailable")) {
    const why = Predicate.hasProperty(error, "cause") ? error.cause : undefined
    const said = tookTooLong(why) ? "The database took too long to answer." : "The database could not be reached."
    return retryable("SERVICE_UNAVAILABLE", said, cause)
  }
  if (!SqlError.isSqlError(error)) return undefined
  const { reason } = error
  const code = sqlStateOf(error) ?? ""
  return error.isRetryable || PASSING_SQLSTATE.test(code)
    ? retryable("SERVICE_UNAVAILABLE", "The database could not be reached or was too busy.", cause)
    : fatal("SCRIPT_DEFECT", `The database refused a statement of the script (${reason._tag}).`, cause)
}

const CONNECTION_LOST =
  /\b(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOTFOUND|EAI_AGAIN|EPIPE|EHOSTUNREACH|ENETUNREACH|ENETDOWN|UND_ERR_SOCKET|ConnectionRefused|ConnectionClosed|FailedToOpenSocket)\b/u
const CONNECTION_SLOW = /\b(?:ETIMEDOUT|UND_ERR_\w*TIMEOUT|ConnectionTimeout)\b/u

const CHECK_ADDRESS = "Check that the server is up and its address right."

const classifyNetwork: Rule = (error, cause) => {
  if (!Predicate.isError(error)) return undefined
  const signs = `${Predicate.hasProperty(error, "code") ? codeText(error.code) : ""} ${error.message}`
  const sign = CONNECTION_LOST.exec(signs)
  if (sign) {
    return retryable("NETWORK_ERROR", `The connection to a server failed (${sign[0]}).`, cause, CHECK_ADDRESS)
  }
  if (CONNECTION_SLOW.test(signs)) return retryable("TIMEOUT", "A server did not answer in time.", cause)
  if (error.name === "AbortError") return retryable("TIMEOUT", "A request was broken off.", cause)
  if (error.name === "TimeoutError") return retryable("TIMEOUT", "A request took too long.", cause)
  if (error.message === "fetch failed") {
    return retryable("NETWORK_ERROR", "A request to a server failed.", cause, CHECK_ADDRESS)
  }
  return undefined
}

const BY_STATUS: Readonly<Record<number, FatalError["code"]>> = {
  400: "VALIDATION_ERROR",
  401: "INVALID_CREDENTIALS",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ALREADY_EXISTS",
  410: "NOT_FOUND",
  422: "VALIDATION_ERROR"
}

const classifyHttp: Rule = (error, cause) => {
  if (!HttpClientError.isHttpClientError(error)) return undefined
  const { reason, request } = error
  const server = URL.canParse(request.url) ? new URL(request.url).host : "A server"
  if (reason._tag === "TransportError") {
    return retryable("NETWORK_ERROR", `${server} could not be reached.`, cause, CHECK_ADDRESS)
  }
  if (reason._tag !== "StatusCodeError") {
    return fatal("SCRIPT_DEFECT", `A request to ${server} could not be made or its answer not be read.`, cause)
  }
  const { headers, status } = reason.response
  const message = `${server} answered with status ${status}.`
  // A date is read by the clock of the server that set it, which its answer tells: ours may go wrong.
  const wait = wishedDelay(headers["retry-after"], Date.parse(headers.date ?? ""))
  if (status === 429) return new RetryableError({ code: "RATE_LIMITED", message, cause, ...wait })
  if (status >= 500) return new RetryableError({ code: "SERVICE_UNAVAILABLE", message, cause, ...wait })
  if (status === 408) return retryable("TIMEOUT", message, cause)
  return fatal(BY_STATUS[status] ?? "SCRIPT_DEFECT", message, cause)
}

const classifyTimeout: Rule = (error, cause) =>
  Cause.isTimeoutError(error) ? retryable("TIMEOUT", "A part of the script took longer than it may.", cause) : undefined

const BY_SYSTEM_TAG: Readonly<Record<string, FatalError["code"]>> = {
  NotFound: "NOT_FOUND",
  PermissionDenied: "PERMISSION_DENIED",
  AlreadyExists: "ALREADY_EXISTS"
}

const classifyPlatform: Rule = (error, cause) => {
  if (!(error instanceof PlatformError)) return undefined
  const { _tag, method, module } = error.reason
  const code = BY_SYSTEM_TAG[_tag] ?? "SCRIPT_DEFECT"
  return _tag === "TimedOut" || _tag === "Busy"
    ? retryable("TIMEOUT", `The system did not answer in time (${module}.${method}).`, cause)
    : fatal(code, `The system refused what the script asked for (${module}.${method}: ${_tag}).`, cause)
}

const exitCodeOf = (error: unknown): number | undefined => {
  if (Predicate.hasProperty(error, "exitCode") && typeof error.exitCode === "number") return error.exitCode
  // Node's `execFile` puts it into `code`, beside the command.
  if (!Predicate.hasProperty(error, "cmd") || !Predicate.hasProperty(error, "code")) return undefined
  return typeof error.code === "number" ? error.code : undefined
}

const classifyExit: Rule = (error, cause) => {
  const code = exitCodeOf(error)
  return code === undefined
    ? undefined
    : fatal("SCRIPT_DEFECT", `A command of the script ended with exit code ${code}.`, cause)
}

const rules: ReadonlyArray<Rule> = [
  classifyJobError,
  classifyAi,
  classifySchema,
  classifySql,
  classifyHttp,
  classifyTimeout,
  classifyPlatform,
  (error, cause) => (Predicate.isError(error) ? classifyPlaywright(error, cause) : undefined),
  classifyNetwork,
  classifyExit
]

const nameOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "_tag") && typeof error._tag === "string") return error._tag
  return Predicate.isError(error) ? error.name : typeof error
}

/** What wraps another failure is judged by what it wraps, when nothing is known about itself. */
const DEEPEST_CAUSE = 5

const classify = (error: unknown, caught: unknown, depth: number): JobError | undefined => {
  for (const rule of rules) {
    const found = rule(error, caught)
    if (found) return found
  }
  const inner = Predicate.hasProperty(error, "cause") ? error.cause : undefined
  return inner === undefined || depth === 0 ? undefined : classify(inner, caught, depth - 1)
}

/** Takes whatever was thrown or failed, or a whole `Cause`. Never fails itself. */
export const classifyFailure = (failure: unknown): JobError => {
  const caught = Cause.isCause(failure) ? Cause.squash(failure) : failure
  return (
    classify(caught, caught, DEEPEST_CAUSE) ??
    fatal(
      "SCRIPT_DEFECT",
      `The script failed with an unexpected error (${nameOf(caught)}).`,
      caught,
      "This is a fault of the script; the log of the job has the whole error."
    )
  )
}
