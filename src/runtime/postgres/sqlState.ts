/** What PostgreSQL calls its refusals: five characters, of which the first two are the class. */
import { Predicate } from "effect"
import { SqlError } from "effect/sql"

export const FEATURE_NOT_SUPPORTED = "0A000"
export const FOREIGN_KEY_VIOLATION = "23503"
export const UNIQUE_VIOLATION = "23505"
export const SERIALIZATION_FAILURE = "40001"
/** Statements waited for each other, and this one gave way. */
export const DEADLOCK_DETECTED = "40P01"
/** A missing privilege, and a row that a policy refuses. */
export const INSUFFICIENT_PRIVILEGE = "42501"
export const DISK_FULL = "53100"
/** A statement was cancelled, as by its own limit. */
export const QUERY_CANCELED = "57014"
/** The server is still starting. */
export const CANNOT_CONNECT_NOW = "57P03"

/** The code of an error of the driver, or of what is kept of one. */
export const codeOf = (cause: unknown): string | undefined =>
  Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : undefined

/** Of a failed statement; undefined for everything else. */
export const sqlStateOf = (error: unknown): string | undefined =>
  SqlError.isSqlError(error) ? codeOf(error.reason.cause) : undefined
