/**
 * What PostgreSQL refuses now and may take the next time, without having done anything.
 *
 * A newer version beside this one adds a column, and what a connection has prepared before gives another kind of row: that is
 * refused once, and the driver prepares it anew. And of statements that wait for each other one has to give way: ends of jobs go
 * from job to job by what these need, so no order of rows suits all of them.
 */
import { Context, Effect, Option } from "effect"
import { type SqlClient, SqlError } from "effect/sql"
import { JobsUnavailable } from "../../domain/Jobs.ts"
import { codeOf, DEADLOCK_DETECTED, FEATURE_NOT_SUPPORTED } from "./sqlState.ts"

/** Its code, `feature_not_supported`, is said of much else as well. */
const SAID = "cached plan must not change result type"

const causeOf = (error: unknown): unknown => {
  if (error instanceof JobsUnavailable) return error.cause
  return SqlError.isSqlError(error) ? error.reason.cause : undefined
}

/** Each connection of the pool may have a stale plan. */
const MOST_CONNECTIONS = 10

/** Each takes a second to be noticed, and callers wait for 8 s. */
const MOST_DEADLOCKS = 2

const mostTriesAfter = (error: unknown): number => {
  const cause = causeOf(error)
  const code = codeOf(cause)
  if (code === DEADLOCK_DETECTED) return MOST_DEADLOCKS
  return code === FEATURE_NOT_SUPPORTED && cause instanceof Error && cause.message.includes(SAID) ? MOST_CONNECTIONS : 0
}

/** For one statement, or one whole transaction. Inside of a transaction the first refusal ends all of it. */
export const triedAnew =
  (sql: SqlClient.SqlClient) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.contextWith((context: Context.Context<R>) => {
      if (Option.isSome(Context.getOption(context, sql.transactionService))) return work
      // By hand, because each statement comes through here, and a schedule would be made for each.
      const tryAfter = (failed: number): Effect.Effect<A, E, R> =>
        Effect.catchIf(
          work,
          (error) => failed < mostTriesAfter(error),
          () => tryAfter(failed + 1)
        )
      return tryAfter(0)
    })
