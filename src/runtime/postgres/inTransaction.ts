/** A transaction whose broken connection is an expected failure, however far it had come. */
import { Cause, Effect } from "effect"
import { type SqlClient, SqlError } from "effect/sql"
import { triedAnew } from "./triedAnew.ts"

/**
 * A connection that breaks inside a transaction breaks its rollback too, and the client takes a failed rollback for a
 * bug, with whatever failed before it. The server has rolled back by itself then, and nothing was done.
 */
export const withBrokenRollback = <A, E, R>(
  transaction: Effect.Effect<A, E, R>
): Effect.Effect<A, E | SqlError.SqlError, R> =>
  Effect.catchCause(transaction, (cause): Effect.Effect<never, E | SqlError.SqlError> => {
    const defects = cause.reasons.flatMap((reason) => (Cause.isDieReason(reason) ? [reason.defect] : []))
    const broken = defects.find(SqlError.isSqlError)
    return broken === undefined ? Effect.failCause(cause) : Effect.fail(broken)
  })

export const inTransaction = <A, E, R>(sql: SqlClient.SqlClient, work: Effect.Effect<A, E, R>) =>
  triedAnew(sql)(withBrokenRollback(sql.withTransaction(work)))
