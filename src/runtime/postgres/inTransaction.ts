/** A transaction whose broken connection is an expected failure, however far it had come. */
import { Cause, Effect, Option } from "effect"
import { type SqlClient, SqlError } from "effect/sql"

/**
 * A connection that breaks inside a transaction breaks its rollback too, and the client takes a failed rollback for a
 * bug. The server has rolled back by itself then; what callers have to know is the failure before it.
 */
export const inTransaction = <A, E, R>(
  sql: SqlClient.SqlClient,
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E | SqlError.SqlError, R> =>
  sql.withTransaction(work).pipe(
    Effect.catchCause((cause) => {
      const failure = Cause.findErrorOption(cause)
      if (Option.isSome(failure)) return Effect.fail(failure.value)
      const squashed = Cause.squash(cause)
      return SqlError.isSqlError(squashed) ? Effect.fail(squashed) : Effect.failCause(cause)
    })
  )
