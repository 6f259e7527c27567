import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import * as PgDatabase from "../../src/runtime/postgres/PgDatabase.ts"
import { spawnCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { commandLine } from "../support/CommandLine.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

const SENTENCE = "PostgreSQL 14.23 is too old: Callboard needs 15 or newer."

/** A database that says of itself what one of Debian's servers says. */
const older = Effect.gen(function* () {
  const address = yield* TestPostgres.freshDatabase()
  const inDatabase = Effect.provide(PgClient.layer(PgDatabase.clientOptions(address)))
  const run = (statement: string) => Effect.flatMap(PgClient.PgClient, (sql) => sql.unsafe(statement))
  yield* Effect.gen(function* () {
    yield* run("CREATE SCHEMA older")
    yield* run(`
      CREATE FUNCTION older.current_setting(name text) RETURNS text LANGUAGE sql STABLE AS $$
        SELECT CASE name WHEN 'server_version_num' THEN '140023' WHEN 'server_version' THEN '14.23 (Debian 14.23-1)'
          ELSE pg_catalog.current_setting(name) END $$`)
    yield* run(`ALTER DATABASE ${address.database} SET search_path = older, pg_catalog, public`)
  }).pipe(inDatabase)
  const tables = Effect.map(
    run("SELECT count(*)::int AS count FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
    ([row]) => row
  )
  return { url: TestPostgres.urlOf(address), tables: inDatabase(tables) }
})

it.live("refuses a server that is too old wherever it connects, and writes nothing there", () =>
  Effect.gen(function* () {
    const { tables, url: DATABASE_URL } = yield* older
    const dataDirectory = yield* temporaryDirectory
    const callboard = commandLine({ DATABASE_URL, CALLBOARD_DATA_DIR: dataDirectory })

    const create = ["keys", "create", "--name", "Ada", "--role", "admin"]
    for (const words of [["migrate", "--check"], ["migrate"], create]) {
      const { code, error, out } = yield* callboard(...words)
      expect([words, code, `${error}${out}`]).toEqual([words, 1, SENTENCE])
    }
    const doctor = yield* callboard("doctor")
    expect([doctor.code, doctor.out.split("\n").filter((line) => line.startsWith("FAIL"))]).toEqual([
      1,
      [`FAIL  database: ${SENTENCE}`]
    ])
    const server = yield* spawnCallboard({ dataDirectory, env: { DATABASE_URL } })
    expect(yield* Effect.promise(() => server.ended)).toBe(1)
    expect(server.output()).toEndWith(`Callboard cannot start. ${SENTENCE}\n`)

    expect(yield* tables).toEqual({ count: 0 })
  })
)
