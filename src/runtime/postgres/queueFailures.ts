/** What a failed statement means to the worker: try again later, or never. */
import { CannotBeStored, QueueUnavailable } from "../../domain/JobQueue.ts"
import { sqlStateOf } from "./sqlState.ts"

/** SQLSTATE classes for values the server will never take: data exceptions, broken constraints, exceeded limits. */
const NEVER = /^(?:22|23|54)/u

const isNever = (sqlState: string | undefined): sqlState is string => sqlState !== undefined && NEVER.test(sqlState)

/** The database will never take this, however often it is sent. */
export const isRefusal = (cause: unknown): boolean => isNever(sqlStateOf(cause))

export const unavailable = (operation: string) => (cause: unknown) => new QueueUnavailable({ operation, cause })

/** For statements that store what a script made. */
export const refusedOrUnavailable = (operation: string) => (cause: unknown) => {
  const sqlState = sqlStateOf(cause)
  return isNever(sqlState)
    ? new CannotBeStored({ operation, sqlState, cause })
    : new QueueUnavailable({ operation, cause })
}
