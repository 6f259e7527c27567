/**
 * What answers at an address: a server that is new enough, and what may stand before it. A pooler in transaction mode gives
 * each transaction another session of the server: settings of a session and prepared statements get lost, or meet those of
 * somebody else.
 */
import { PgConnection } from "@effect/sql-pg"
import { Effect, Predicate } from "effect"
import { SqlError } from "effect/sql"
import { isTooOld, ServerTooOld } from "./ServerTooOld.ts"

/** PgBouncer lets in only the settings that it can carry from session to session. */
const refusesSetting = (error: SqlError.SqlError | ServerTooOld): boolean =>
  SqlError.isSqlError(error) &&
  Predicate.hasProperty(error.reason, "cause") &&
  error.reason.cause instanceof Error &&
  error.reason.cause.message.startsWith("unsupported startup parameter")

/** Packagers add their own name to the version. */
const LOOK = `SELECT pg_backend_pid(), current_setting('server_version_num'),
  split_part(current_setting('server_version'), ' ', 1)`

/** A pooler makes up the process id that it sends at the start; only the server itself knows the real one. */
const isPooled = (options: PgConnection.Config) =>
  Effect.gen(function* () {
    const connection = yield* PgConnection.make(options)
    const [row] = yield* connection.queryValues(LOOK, [], false)
    const [processId, number, version] = row ?? []
    if (isTooOld(Number(number))) return yield* new ServerTooOld({ version: String(version) })
    return processId !== connection.processId
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
