/** One real PostgreSQL per test process, started when the first test file imports this one, and a fresh database for each asker. */
import { chmodSync, mkdtempSync, openSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Scope } from "effect"
import { Reactivity } from "effect/reactivity"
import { EmbeddedPostgres } from "../../src/runtime/postgres/EmbeddedPostgres.ts"

export interface TestDatabase {
  /** The directory of the server's Unix socket. */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly username: string
}

/** What is lost in a crash does not matter here. */
const FAST = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }

/**
 * Ends the server and removes its files as soon as this process is gone, however it went: the kernel closes the
 * process's end of the named pipe. `bun test` runs no exit hooks, and kills the children of a test that timed out;
 * this is nobody's child.
 */
const removeWhenGone = (directory: string) => {
  const script = `
    mkfifo "$1/alive"
    {
      read -r _ < "$1/alive"
      kill -QUIT "$(head -n 1 "$1/postgres/postmaster.pid")"
      while [ -e "$1/postgres/postmaster.pid" ]; do sleep 0.01; done
      until rm -rf "$1"; do sleep 0.1; done
    } < /dev/null > /dev/null 2>&1 &`
  Bun.spawnSync(["sh", "-c", script, "sh", directory], { detached: true })
  openSync(join(directory, "alive"), "r+")
}

const embedded = Effect.gen(function* () {
  const directory = mkdtempSync(join(tmpdir(), "callboard-test-"))
  chmodSync(directory, 0o711)
  removeWhenGone(directory)
  return yield* EmbeddedPostgres.make({ directory, settings: FAST })
}).pipe(Scope.provide(Scope.makeUnsafe()))

/** The directory of a server's Unix socket, for tests on another version of PostgreSQL: see CONTRIBUTING.md. */
const { TEST_POSTGRES: socketDirectory, TEST_POSTGRES_PORT: ownPort = "5432" } = process.env

// Started while this file loads: what a test starts itself, Bun kills when that test takes too long.
const server = await (socketDirectory === undefined
  ? Effect.runPromise(embedded)
  : { socketDirectory, port: Number(ownPort), username: "postgres" })

let count = 0

const { socketDirectory: host, port, username } = server

const asAdmin = <A, E>(work: (sql: PgClient.PgClient) => Effect.Effect<A, E>) =>
  PgClient.makeClient({ host, port, username, database: "postgres" }).pipe(
    Effect.flatMap(work),
    Effect.scoped,
    Effect.provide(Reactivity.layer)
  )

/** A database of its own, dropped with the scope. `template` names a database to copy, to which nobody is connected. */
const freshDatabase = (template = "template0") =>
  Effect.suspend(() => {
    const database = `test_${process.pid}_${++count}`
    return Effect.acquireRelease(
      asAdmin((sql) => sql`CREATE DATABASE ${sql(database)} TEMPLATE ${sql(template)}`),
      () => asAdmin((sql) => sql`DROP DATABASE ${sql(database)} WITH (FORCE)`).pipe(Effect.orDie)
    ).pipe(Effect.as<TestDatabase>({ host, port, database, username }), Effect.orDie)
  })

/** `PgClient` and `SqlClient` on a fresh, empty database. */
const layer = Layer.unwrap(Effect.map(freshDatabase(), PgClient.layer))

/** As `DATABASE_URL` has it. */
const urlOf = ({ database, host, port, username }: TestDatabase) =>
  `postgres://${username}@localhost/${database}?${new URLSearchParams({ host, port: String(port) })}`

export const TestPostgres = { freshDatabase, layer, urlOf }
