/** What a failed statement means to callers: the database did not answer, or not in time. */
import { Cause, Duration, Effect, Schema } from "effect"
import { SqlError } from "effect/sql"
import { JobsUnavailable } from "../../domain/Jobs.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { sqlStateOf } from "./sqlState.ts"

/**
 * Shorter than any gateway waits, so that callers get an answer from us within 10 s: a request may have waited a second
 * for news of the first key before, and a busy machine takes its time.
 */
export const LONGEST_CALL = Duration.seconds(8)

/** Kind, code and sentence of an error. What else PostgreSQL says of it (`detail`, `where`) may quote a job's input. */
const summaryOf = (cause: unknown): unknown => {
  if (!SqlError.isSqlError(cause)) return cause
  const { reason } = cause
  const code = sqlStateOf(cause)
  const said = reason.cause instanceof Error ? reason.cause.message : reason.message
  return Object.assign(new Error(`${reason._tag}${code === undefined ? "" : ` ${code}`}: ${said}`), { code })
}

export const unavailable = (operation: string) => (cause: unknown) =>
  new JobsUnavailable({ operation, cause: summaryOf(cause) })

/** For effects that fail with nothing but the database's failures. */
export const answered =
  (operation: string) =>
  <A, R>(effect: Effect.Effect<A, unknown, R>): Effect.Effect<A, JobsUnavailable, R> =>
    effect.pipe(giveUpAfter(LONGEST_CALL), Effect.mapError(unavailable(operation)))

type Unanswered = SqlError.SqlError | Schema.SchemaError | Cause.TimeoutError

const isUnanswered = (error: unknown): error is Unanswered =>
  SqlError.isSqlError(error) || Schema.isSchemaError(error) || Cause.isTimeoutError(error)

/** For effects that may also fail with errors of the domain, which stay as they are. */
export const orUnavailable =
  (operation: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, Unanswered> | JobsUnavailable, R> =>
    effect.pipe(
      giveUpAfter(LONGEST_CALL),
      Effect.mapError((error) =>
        isUnanswered(error) ? unavailable(operation)(error) : (error as Exclude<E, Unanswered>)
      )
    )
