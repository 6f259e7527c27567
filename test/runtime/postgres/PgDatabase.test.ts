import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { clientOptions } from "../../../src/runtime/postgres/PgDatabase.ts"
import { it } from "../../support/effect.ts"
import { TestPostgres } from "../../support/TestPostgres.ts"

it.live("lets the server end a transaction in which a process went silent, and goes on with a new connection", () =>
  Effect.gen(function* () {
    const address = yield* TestPostgres.freshDatabase()
    const options = { ...clientOptions(address), maxConnections: 1 }
    const limit = options.startupParameters.idle_in_transaction_session_timeout
    yield* Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const [shown] = yield* sql<{
        value: string
      }>`SELECT current_setting('idle_in_transaction_session_timeout') AS value`
      expect(shown?.value).toBe(limit)

      // The same end, without the wait.
      const [mine] = yield* sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`
      const cutOff = sql.withTransaction(sql`SELECT pg_terminate_backend(${mine!.pid}::int)`)
      expect((yield* Effect.exit(cutOff))._tag).toBe("Failure")
      expect(yield* sql`SELECT 1 AS one`).toEqual([{ one: 1 }])
    }).pipe(Effect.provide(PgClient.layer(options)))
  })
)
