/** Which of our migrations a database lacks, and which it has that we do not know. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { MIGRATIONS_TABLE, migrationNames } from "./migrations.ts"

/** A database without the table has none of them. */
export const migrationsOf = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [table] = yield* sql<{ exists: boolean }>`SELECT to_regclass(${MIGRATIONS_TABLE}) IS NOT NULL AS exists`
  const rows =
    table?.exists === true
      ? yield* sql<{ migrationId: number; name: string }>`
          SELECT migration_id, name FROM ${sql(MIGRATIONS_TABLE)} ORDER BY migration_id`
      : []
  const applied = new Set(rows.map(({ migrationId, name }) => `${String(migrationId).padStart(4, "0")}_${name}`))
  return {
    pending: migrationNames.filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !migrationNames.includes(name))
  }
})
