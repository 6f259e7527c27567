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

/** Only numbers above the highest one that was applied are applied, so what is missing below stays away. */
export class UnreleasedDatabase extends Schema.TaggedError<UnreleasedDatabase>()("UnreleasedDatabase", {
  names: Schema.Array(Schema.String)
}) {
  override get message() {
    return `This database was made by an unreleased version of Callboard: it lacks ${this.names.join(", ")}, which can no longer be applied. Start with a new database, or with a backup that a released version made.`
  }
}

interface Migrations {
  readonly loader: Migrator.Loader
  readonly table: string
}

const compare = ({ loader, table }: Migrations) =>
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const ours = yield* loader
    const applied = yield* sql<{ migration_id: number; name: string }>`
      SELECT migration_id, name FROM ${sql(table)} ORDER BY migration_id`
    const there = new Set(applied.map(({ migration_id: id }) => id))
    const known = new Set(ours.map(([id]) => id))
    return {
      missing: ours.filter(([id]) => !there.has(id)).map(([id, name]) => `${String(id).padStart(4, "0")}_${name}`),
      newer: applied.filter(({ migration_id: id }) => !known.has(id)).map(({ name }) => name)
    }
  })

const check = (migrations: Migrations) =>
  Effect.gen(function* () {
    const { missing, newer } = yield* compare(migrations)
    const breaking = newer.filter((name) => name.startsWith(BREAKING))
    if (breaking.length > 0) return yield* new NewerDatabase({ names: breaking })
    if (missing.length > 0) return yield* new UnreleasedDatabase({ names: missing })
    if (newer.length > 0) {
      yield* Effect.logWarning(
        "A newer version of Callboard works on this database. Replace this process with it when you can."
      ).pipe(Effect.annotateLogs({ migrations: newer.join(", ") }))
    }
  })

/** As `Migrator.make`, for databases that may be ahead. */
export const applyTolerantly = (migrations: Migrations) =>
  Effect.tap(Migrator.make({})(migrations), () => check(migrations))
