/**
 * Why a job failed. Whether trying again can help is part of the type: a script cannot make a wrong password
 * retryable, or a lost connection fatal, by mistake.
 */
import { Schema } from "effect"

export const RetryableCode = Schema.Literals([
  "NETWORK_ERROR",
  "TIMEOUT",
  "NAVIGATION_TIMEOUT",
  "BROWSER_CRASHED",
  "BROWSER_LAUNCH_FAILED",
  "SESSION_EXPIRED",
  "RATE_LIMITED",
  "SERVICE_UNAVAILABLE"
])
export type RetryableCode = typeof RetryableCode.Type

const FatalCode = Schema.Literals([
  "VALIDATION_ERROR",
  "INVALID_CREDENTIALS",
  "PERMISSION_DENIED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "ELEMENT_NOT_FOUND",
  "OPERATOR_INPUT_TIMEOUT",
  "EXPIRED",
  "WORKER_CRASHED",
  "DEPENDENCY_FAILED",
  "BUDGET_EXCEEDED",
  "CONTENT_REFUSED",
  "SCRIPT_DEFECT"
])
export type FatalCode = typeof FatalCode.Type

export const JobErrorCode = Schema.Literals([...RetryableCode.literals, ...FatalCode.literals])
export type JobErrorCode = typeof JobErrorCode.Type

const details = {
  /** One sentence for a person, without secrets. */
  message: Schema.String,
  /** What a person can do about it. */
  hint: Schema.optionalKey(Schema.String),
  /** The partner's own wish (`Retry-After`): the next try is not before this many milliseconds. */
  retryAfterMs: Schema.optionalKey(Schema.Int),
  /** What was caught. No part of the stored error; that of a bug is in the job's log, without secrets and personal data. */
  cause: Schema.optionalKey(Schema.Defect())
}

/** Trying again may help: it is retried with the job type's backoff until its tries are used up. */
export class RetryableError extends Schema.TaggedError<RetryableError>()("RetryableError", {
  code: RetryableCode,
  ...details
}) {
  readonly retryable = true
}

/** Trying again cannot help: the job fails at once and a person decides. */
export class FatalError extends Schema.TaggedError<FatalError>()("FatalError", { code: FatalCode, ...details }) {
  readonly retryable = false
}

export type JobError = RetryableError | FatalError

/** A failure as it is stored with a job or an attempt, and as API and board show it. */
export const StoredError = Schema.Struct({
  code: JobErrorCode,
  message: Schema.String,
  retryable: Schema.Boolean,
  step: Schema.optionalKey(Schema.String),
  hint: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "JobError" })
export type StoredError = typeof StoredError.Type

export const toStoredError = (error: JobError, step: string | undefined): StoredError => ({
  code: error.code,
  message: error.message,
  retryable: error.retryable,
  ...(step !== undefined && { step }),
  ...(error.hint !== undefined && { hint: error.hint })
})
