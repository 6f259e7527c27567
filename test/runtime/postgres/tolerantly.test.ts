import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { Migrator, type SqlClient } from "effect/sql"
import { clientOptions } from "../../../src/runtime/postgres/PgDatabase.ts"
import { applyTolerantly } from "../../../src/runtime/postgres/tolerantly.ts"
import { it } from "../../support/effect.ts"
import { TestPostgres } from "../../support/TestPostgres.ts"

const apply = (...names: ReadonlyArray<string>) =>
  applyTolerantly({
    loader: Migrator.fromRecord(Object.fromEntries(names.map((name) => [name, Effect.void]))),
    table: "test_migrations"
  })

const inFreshDatabase = <A, E>(name: string, body: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  it.live(name, () =>
    Effect.flatMap(TestPostgres.freshDatabase(), (address) =>
      Effect.provide(body, PgClient.layer(clientOptions(address)))
    )
  )

inFreshDatabase(
  "names the migrations that were left out below one that is applied already",
  Effect.gen(function* () {
    yield* apply("0001_first", "0004_fourth")

    const error = yield* Effect.flip(apply("0001_first", "0002_second", "0003_third", "0004_fourth"))

    expect(error).toMatchObject({ _tag: "UnreleasedDatabase", names: ["0002_second", "0003_third"] })
    expect(error.message).toContain("was made by an unreleased version of Callboard: it lacks 0002_second, 0003_third,")
  })
)

inFreshDatabase(
  "works beside a newer version, unless that one says that it cannot",
  Effect.gen(function* () {
    yield* apply("0001_first", "0002_second")

    expect(yield* apply("0001_first")).toEqual([])
    yield* apply("0001_first", "0002_second", "0003_breaking_third")
    expect(yield* Effect.flip(apply("0001_first"))).toMatchObject({ _tag: "NewerDatabase", names: ["breaking_third"] })
  })
)
