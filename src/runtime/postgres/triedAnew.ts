/**
 * A newer version beside this one adds a column, and what a connection has prepared before gives another kind of row now.
 * PostgreSQL refuses it once, before it does anything; the driver prepares it anew the next time.
 */
import { Context, Effect, Option } from "effect"
import { type SqlClient, SqlError } from "effect/sql"
import { JobsUnavailable } from "../../domain/Jobs.ts"
import { codeOf, FEATURE_NOT_SUPPORTED } from "./sqlState.ts"

/** Its code, `feature_not_supported`, is said of much else as well. */
const SAID = "cached plan must not change result type"

const causeOf = (error: unknown): unknown => {
  if (error instanceof JobsUnavailable) return error.cause
  return SqlError.isSqlError(error) ? error.reason.cause : undefined
}

const isStale = (error: unknown): boolean => {
  const cause = causeOf(error)
  return codeOf(cause) === FEATURE_NOT_SUPPORTED && cause instanceof Error && cause.message.includes(SAID)
}

/** Each connection of the pool may have it. */
const MOST_CONNECTIONS = 10

/** For one statement, or one whole transaction. Inside of a transaction the first refusal ends all of it. */
export const preparedAnew =
  (sql: SqlClient.SqlClient) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.contextWith((context: Context.Context<R>) => {
      if (Option.isSome(Context.getOption(context, sql.transactionService))) return work
      // By hand, because each statement comes through here, and a schedule would be made for each.
      const tryAnew = (left: number): Effect.Effect<A, E, R> =>
        left === 0 ? work : Effect.catchIf(work, isStale, () => tryAnew(left - 1))
      return tryAnew(MOST_CONNECTIONS)
    })
