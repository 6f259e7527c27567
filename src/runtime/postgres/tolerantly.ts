/**
 * A newer Callboard beside this one may have migrated the database already. Most migrations only add, and this version
 * goes on as if they were not there, so that processes can be replaced one after the other. One that older versions cannot
 * live with says so in its name: `0042_breaking_...`.
 */
import { Effect, Schema } from "effect"
import { Migrator, SqlClient } from "effect/sql"

const BREAKING = "breaking_"

export class NewerDatabase extends Schema.TaggedError<NewerDatabase>()("NewerDatabase", {
  names: Schema.Array(Schema.String)
}) {
  override get message() {
    return `A newer version of Callboard has changed the database in a way that this one cannot work with (${this.names.join(", ")}). Start the newer version here too.`
  }
}

interface Migrations {
  readonly loader: Migrator.Loader
  readonly table: string
}

const lookForNewer = ({ loader, table }: Migrations) =>
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const ours = (yield* loader).map(([id]) => id)
    const newer = yield* sql<{ name: string }>`
      SELECT name FROM ${sql(table)} WHERE migration_id <> ALL (${ours}::integer[]) ORDER BY migration_id`
    const names = newer.map(({ name }) => name)
    const breaking = names.filter((name) => name.startsWith(BREAKING))
    if (breaking.length > 0) return yield* new NewerDatabase({ names: breaking })
    if (names.length > 0) {
      yield* Effect.logWarning(
        "A newer version of Callboard works on this database. Replace this process with it when you can."
      ).pipe(Effect.annotateLogs({ migrations: names.join(", ") }))
    }
  })

/** As `Migrator.make`, for databases that may be ahead. */
export const applyTolerantly = (migrations: Migrations) =>
  Effect.tap(Migrator.make({})(migrations), () => lookForNewer(migrations))
