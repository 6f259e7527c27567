/** A migrated database of its own for each test file: copied from a template that is migrated once per process. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Scope } from "effect"
import { migrate } from "../../src/runtime/postgres/migrations.ts"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import { TestPostgres } from "./TestPostgres.ts"

// The scope of the process: the template goes with its server.
const template = await TestPostgres.freshDatabase().pipe(
  Effect.tap((address) => Effect.scoped(Effect.provide(migrate, PgClient.layer(clientOptions(address))))),
  Scope.provide(Scope.makeUnsafe()),
  Effect.runPromise
)

export const TestDatabase = {
  /** `PgClient` and `SqlClient`, as the process has them. */
  layer: Layer.unwrap(
    Effect.map(TestPostgres.freshDatabase(template.database), (address) => PgClient.layer(clientOptions(address)))
  )
}
