/** The connection pool of the process, on a server of one's own (`DATABASE_URL`) or on the embedded one. */
import { PgClient } from "@effect/sql-pg"
import {
  Context,
  Duration,
  Effect,
  Layer,
  Predicate,
  type Redacted,
  Schedule,
  Schema,
  Scope,
  String as Text
} from "effect"
import { Migrator, SqlError } from "effect/sql"
import { messageOf } from "../../domain/messageOf.ts"
import { StartPhase } from "../../domain/StartPhase.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { HandOver } from "../HandOver.ts"
import { refusedCertificate, speaksNoTls, tlsOf } from "./databaseTls.ts"
import { FREE_SPACE } from "./EmbeddedPostgresUnavailable.ts"
import { withBrokenRollback } from "./inTransaction.ts"
import { check as checkMemberRole, MemberRole } from "./MemberRole.ts"
import { migrate } from "./migrations.ts"
import { fitting } from "./Pooler.ts"
import type { ServerTooOld } from "./ServerTooOld.ts"
import { CANNOT_CONNECT_NOW, DISK_FULL, sqlStateOf } from "./sqlState.ts"

/** Where a server listens: a URL, or the directory of its Unix socket. */
export type DatabaseAddress =
  | { readonly url: Redacted.Redacted }
  | { readonly host: string; readonly port: number; readonly database: string; readonly username: string }

/** The database did not answer, or refused us. */
export class DatabaseUnavailable extends Schema.TaggedError<DatabaseUnavailable>()("DatabaseUnavailable", {
  message: Schema.String
}) {}

/** The names of our columns: a few hundred, asked for with each row. */
const camelNames = new Map<string, string>()

const camelOf = (name: string): string => {
  const known = camelNames.get(name)
  if (known !== undefined) return known
  const made = Text.snakeToCamel(name)
  camelNames.set(name, made)
  return made
}

export const clientOptions = (address: DatabaseAddress) => ({
  ...address,
  applicationName: "callboard",
  // One more listens.
  maxConnections: 9,
  // A listening connection sends nothing by itself, so only this notices that the other end is gone.
  keepAlive: "30 seconds" as const,
  startupParameters: {
    timezone: "UTC",
    statement_timeout: "30s",
    // A process that froze, or whose network went silent, inside a transaction must not keep its locks: the janitor's
    // would end all rescues, those of a job's row would hold up everybody who settles beside it.
    idle_in_transaction_session_timeout: "10s",
    // Our statements are short and many. PostgreSQL compiles those whose cost it guesses to be high, as for what a
    // function gives: a look at one job then takes 1.8 s of CPU time, and 1 ms without.
    jit: "off",
    // Ours lock what they need; with a stricter one of the account's, creates that meet would fail.
    default_transaction_isolation: "read committed"
  },
  transformQueryNames: Text.camelToSnake,
  transformResultNames: camelOf,
  // Inputs and results belong to callers: their keys stay as they are.
  transformJson: false
})

/** How to connect there: with the TLS that the URL asks for, and what may stand between. */
export const optionsAt = Effect.fnUntraced(function* (address: DatabaseAddress) {
  const options = clientOptions(address)
  if (!("url" in address)) return yield* fitting({ ...options, ssl: false })
  const { isOptional, ssl } = yield* tlsOf(address.url)
  return yield* Effect.catchIf(
    fitting({ ...options, ssl }),
    (error) => isOptional && SqlError.isSqlError(error) && speaksNoTls(error),
    () => fitting({ ...options, ssl: false })
  )
})

type MigrationOptions = Effect.Success<ReturnType<typeof optionsAt>>

/** Beats, claims and the writes of attempts; each is one short statement. */
const WORKER_CONNECTIONS = 4

class WorkerClientOptions extends Context.Service<WorkerClientOptions, Parameters<typeof PgClient.layer>[0]>()(
  "callboard/runtime/WorkerClientOptions"
) {}

/** How long the start waits for a server that is still coming up. */
const START_LIMIT = Duration.seconds(15)

const untilStartLimit = Schedule.spaced("250 millis").pipe(Schedule.upTo({ duration: START_LIMIT }))

/** A refused connection passes; a wrong password or database name does not. */
const isComingUp = (error: SqlError.SqlError): boolean =>
  !refusedCertificate(error) && (error.isRetryable || sqlStateOf(error) === CANNOT_CONNECT_NOW)

/** A migration that failed names what it failed of. */
const isPassing = (error: unknown): boolean => {
  if (SqlError.isSqlError(error)) return isComingUp(error)
  return Predicate.hasProperty(error, "cause") && isPassing(error.cause)
}

/** What the server or the system said, which is inside the errors that client and migrator make of it. */
export const innermostMessage = (error: unknown): string => {
  const inside = [
    Predicate.hasProperty(error, "reason") ? error.reason : undefined,
    Predicate.hasProperty(error, "cause") ? error.cause : undefined
  ].find(Predicate.isObject)
  return inside === undefined ? messageOf(error) : innermostMessage(inside)
}

/** Which migration failed, and of what. */
const failureOf = (error: unknown): string =>
  error instanceof Migrator.MigrationError && error.kind === "Failed"
    ? `${error.message}: ${innermostMessage(error)}`
    : innermostMessage(error)

const nowAt = (doing: string) =>
  Effect.map(StartPhase, (phase) => {
    phase.doing = doing
  })

/** What to do about a server that does not let us in. The embedded one has no URL that could be wrong. */
export const remedyOf = (error: SqlError.SqlError, address: DatabaseAddress): string => {
  if (!("url" in address)) {
    return sqlStateOf(error) === DISK_FULL
      ? FREE_SPACE
      : "It is the embedded one: is there space on the disk of its data folder (CALLBOARD_DATA_DIR)?"
  }
  if (sqlStateOf(error) === DISK_FULL) return "Free space on the disk of the database server."
  return refusedCertificate(error)
    ? "That is its TLS certificate: name the file of the authority that signed it in DATABASE_URL (sslrootcert), and what is checked (sslmode). See docs/operations.md."
    : "Is DATABASE_URL right, and is the server up?"
}

const unusable = (address: DatabaseAddress) => (cause: SqlError.SqlError | ServerTooOld) =>
  new DatabaseUnavailable({
    message: SqlError.isSqlError(cause)
      ? `The database does not let us in: ${innermostMessage(cause)}. ${remedyOf(cause, address)}`
      : cause.message
  })

/** How to connect there, once the server answers. */
const reach = (address: DatabaseAddress) =>
  nowAt("waiting for the database").pipe(
    Effect.andThen(optionsAt(address)),
    Effect.retry({
      while: isPassing,
      schedule: untilStartLimit
    }),
    Effect.mapError(unusable(address))
  )

/** A client for who only looks: it waits for no server, and migrates nothing. */
export const untouched = (address: DatabaseAddress) =>
  Layer.unwrap(Effect.map(Effect.mapError(optionsAt(address), unusable(address)), (options) => PgClient.layer(options)))

const memberRole = Layer.effect(
  MemberRole,
  checkMemberRole.pipe(
    // A server that goes away just now is waited for, as before the migrations.
    Effect.retry({ while: isPassing, schedule: untilStartLimit }),
    Effect.mapError(
      (cause) => new DatabaseUnavailable({ message: `The roles cannot be looked at: ${innermostMessage(cause)}` })
    )
  )
)

/** Statements that were given up end within milliseconds where the server hears of it. */
const LONGEST_CLOSE = Duration.seconds(1)

/**
 * A pool closes when its last connection is given back. With a silent server that takes 5 s for a statement that was
 * given up, and for ever for the BEGIN of a transaction, which the client lets nobody interrupt. So long nobody waits:
 * connections that are still in use then end by themselves, or with the process.
 */
export const poolLayer = (options: Parameters<typeof PgClient.layer>[0]) =>
  PgClient.layerFrom(
    Effect.acquireRelease(Scope.make(), (scope, exit) =>
      Scope.close(scope, exit).pipe(giveUpAfter(LONGEST_CLOSE), Effect.ignore)
    ).pipe(Effect.flatMap((scope) => Scope.provide(PgClient.make(options), scope)))
  )

/** An index takes its time, and whoever finds another one migrating waits for its end, with no limit but the operator's. */
const forMigrations = (options: MigrationOptions) => {
  const { startupParameters: settings } = options
  // A pooler that refuses the setting does not get it here either.
  const startupParameters = "statement_timeout" in settings ? { ...settings, statement_timeout: "0" } : settings
  return { ...options, maxConnections: 1, startupParameters }
}

/** On a connection of its own for each try, which closes before the pool opens. */
const migrated = (options: MigrationOptions) =>
  Layer.effectDiscard(
    // One transaction, so a server that goes away meanwhile leaves nothing of it behind.
    nowAt("migrating the database").pipe(
      Effect.andThen(Effect.provide(withBrokenRollback(migrate), poolLayer(forMigrations(options)))),
      Effect.retry({ while: isPassing, schedule: untilStartLimit }),
      Effect.tap((applied) =>
        applied.length === 0
          ? Effect.void
          : Effect.logInfo(`Applied ${applied.length} migration(s): ${applied.map(([, name]) => name).join(", ")}.`)
      ),
      Effect.mapError(
        (cause) => new DatabaseUnavailable({ message: `The migrations could not be applied: ${failureOf(cause)}` })
      )
    )
  )

/** The client, once the server answers and all migrations are applied. */
export const layer = (address: DatabaseAddress) =>
  Layer.unwrap(
    Effect.map(reach(address), (options) =>
      memberRole.pipe(
        Layer.provideMerge(poolLayer(options)),
        Layer.provide(migrated(options)),
        Layer.merge(HandOver.layer),
        Layer.merge(Layer.succeed(WorkerClientOptions, { ...options, maxConnections: WORKER_CONNECTIONS }))
      )
    )
  )

/** The worker's own few connections: slow reads of the board must not keep a lease from being renewed. */
export const workerClient = Layer.unwrap(Effect.map(WorkerClientOptions, (options) => Layer.fresh(poolLayer(options))))
