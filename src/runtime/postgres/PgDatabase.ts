/** The connection pool of the process, on a server of one's own (`DATABASE_URL`) or on the embedded one. */
import { PgClient } from "@effect/sql-pg"
import { Duration, Effect, Layer, type Redacted, Schedule, Schema, String as Text } from "effect"
import { SqlClient } from "effect/sql"
import { migrate } from "./migrations.ts"

/** Where a server listens: a URL, or the directory of its Unix socket. */
export type DatabaseAddress =
  | { readonly url: Redacted.Redacted }
  | { readonly host: string; readonly port: number; readonly database: string; readonly username: string }

/** The database did not answer, or refused us. */
export class DatabaseUnavailable extends Schema.TaggedError<DatabaseUnavailable>()("DatabaseUnavailable", {
  message: Schema.String
}) {}

export const clientOptions = (address: DatabaseAddress) => ({
  ...address,
  applicationName: "callboard",
  // One connection listens; long transactions and a pool of 10 leave room for API and board.
  maxConnections: 12,
  startupParameters: { timezone: "UTC", statement_timeout: "30s" },
  transformQueryNames: Text.camelToSnake,
  transformResultNames: Text.snakeToCamel,
  // Inputs and results belong to callers: their keys stay as they are.
  transformJson: false
})

/** How long the start waits for a server that is still coming up. */
const START_LIMIT = Duration.seconds(15)

const messageOf = (cause: unknown): string => {
  const reason = typeof cause === "object" && cause !== null && "reason" in cause ? cause.reason : cause
  return reason instanceof Error ? reason.message : String(reason)
}

/** The client, once the server answers and all migrations are applied. */
export const layer = (address: DatabaseAddress) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`SELECT 1`.pipe(
        Effect.retry(Schedule.spaced("250 millis")),
        Effect.timeout(START_LIMIT),
        Effect.mapError(
          () =>
            new DatabaseUnavailable({
              message: `The database did not answer within ${Duration.format(START_LIMIT)}. Is DATABASE_URL right, and is the server up?`
            })
        )
      )
      yield* migrate.pipe(
        Effect.tap((applied) =>
          applied.length === 0
            ? Effect.void
            : Effect.logInfo(`Applied ${applied.length} migration(s): ${applied.map(([, name]) => name).join(", ")}.`)
        ),
        Effect.mapError(
          (cause) => new DatabaseUnavailable({ message: `The migrations could not be applied: ${messageOf(cause)}` })
        )
      )
    })
  ).pipe(Layer.provideMerge(PgClient.layer(clientOptions(address))))
