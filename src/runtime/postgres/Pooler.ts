/**
 * What may stand between us and the server. A pooler in transaction mode gives each transaction another session of the
 * server: settings of a session and prepared statements get lost, or meet those of somebody else.
 */
import { PgConnection } from "@effect/sql-pg"
import { Effect, Predicate } from "effect"
import type { SqlError } from "effect/sql"

/** PgBouncer lets in only the settings that it can carry from session to session. */
const refusesSetting = ({ reason }: SqlError.SqlError): boolean =>
  Predicate.hasProperty(reason, "cause") &&
  reason.cause instanceof Error &&
  reason.cause.message.startsWith("unsupported startup parameter")

/** A pooler makes up the process id that it sends at the start; only the server itself knows the real one. */
const isPooled = (options: PgConnection.Config) =>
  Effect.gen(function* () {
    const connection = yield* PgConnection.make(options)
    const [row] = yield* connection.queryValues("SELECT pg_backend_pid()", [], false)
    return row?.[0] !== connection.processId
  }).pipe(Effect.scoped)

/** The options as they work at this address. Without a time limit in the server, callers' own limits cancel a statement. */
export const fitting = <A extends PgConnection.Config>(options: A) =>
  isPooled(options).pipe(
    Effect.map((pooled) => ({ ...options, prepare: !pooled })),
    Effect.catchIf(refusesSetting, () => {
      const { startupParameters: _, ...rest } = options
      const bare = { ...rest, startupParameters: { timezone: "UTC" } }
      return Effect.map(isPooled(bare), (pooled) => ({ ...bare, prepare: !pooled }))
    })
  )
