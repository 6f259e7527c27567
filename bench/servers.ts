/** The two servers, started in a temporary directory and stopped with the scope. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { SQL } from "bun"
import { Data, Effect, Schedule } from "effect"
import { EmbeddedPostgres } from "../src/runtime/postgres/EmbeddedPostgres.ts"
import { emptyRedis } from "./RedisLoad.ts"
import { connect } from "./systems/connect.ts"
import type { PostgresAddress } from "./systems/System.ts"

const DATABASE = "bench"

export class ServerFailed extends Data.TaggedError("ServerFailed")<{ readonly message: string }> {}

/** Root leaves it traversable, because the embedded PostgreSQL then runs under another account. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => {
    const path = mkdtempSync(join(tmpdir(), "callboard-bench-"))
    chmodSync(path, 0o711)
    return path
  }),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export interface Postgres {
  readonly address: PostgresAddress
  readonly version: string
  /** An empty database, or a copy of another one; the former one is dropped. */
  readonly renew: (template?: string) => Effect.Effect<void, ServerFailed>
  /** Gives the database another name, under which it can be copied. */
  readonly keepAs: (name: string) => Effect.Effect<void, ServerFailed>
  /** What autovacuum and the checkpointer would do sooner or later: now, so that it does not fall into a measurement. */
  readonly tidy: Effect.Effect<void, ServerFailed>
}

const query = (address: PostgresAddress, statements: ReadonlyArray<string>) =>
  Effect.acquireUseRelease(
    Effect.sync((): SQL => connect(address)),
    (sql) =>
      Effect.tryPromise({
        try: async () => {
          let rows: ReadonlyArray<Record<string, unknown>> = []
          for (const statement of statements) rows = await sql.unsafe(statement)
          return rows
        },
        catch: (cause) => new ServerFailed({ message: `${statements.join("; ")}: ${String(cause)}` })
      }),
    (sql) => Effect.promise(() => sql.close())
  )

/** As Callboard starts it for its users: durable, and with its own settings. */
export const startPostgres = Effect.fnUntraced(function* (parent: string) {
  const directory = join(parent, "postgres")
  mkdirSync(directory, { mode: 0o711 })
  const { port, socketDirectory, username } = yield* EmbeddedPostgres.make({ directory })
  const address = { host: socketDirectory, port, database: DATABASE, username }
  const admin = { ...address, database: "postgres" }
  const rows = yield* query(admin, ["SHOW server_version"])
  return {
    address,
    version: String(rows[0]?.server_version),
    renew: (template = "template0") =>
      Effect.asVoid(
        query(admin, [
          `DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`,
          `CREATE DATABASE ${DATABASE} TEMPLATE ${template} STRATEGY file_copy`,
          "CHECKPOINT"
        ])
      ),
    keepAs: (name) => Effect.asVoid(query(admin, [`ALTER DATABASE ${DATABASE} RENAME TO ${name}`])),
    tidy: Effect.asVoid(query(address, ["VACUUM (ANALYZE)", "CHECKPOINT"]))
  } satisfies Postgres as Postgres
})

export interface RedisServer {
  readonly socket: string
  readonly version: string
  readonly empty: Effect.Effect<void>
}

/** With the append-only file that is flushed every second; nothing when no `redis-server` is on PATH. */
export const startRedis = Effect.fnUntraced(function* (parent: string) {
  const program = Bun.which("redis-server")
  if (program === null) return undefined
  const directory = join(parent, "redis")
  mkdirSync(directory)
  const socket = join(directory, "redis.sock")
  const options = {
    port: "0",
    unixsocket: socket,
    dir: directory,
    save: "",
    appendonly: "yes",
    appendfsync: "everysec"
  }
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      Bun.spawn([program, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])], {
        stdin: "ignore",
        stdout: "ignore",
        stderr: "inherit",
        detached: true
      })
    ),
    (child) =>
      Effect.promise(() => {
        child.kill("SIGTERM")
        return child.exited
      })
  )
  yield* Effect.suspend(() =>
    existsSync(socket) ? Effect.void : Effect.fail(new ServerFailed({ message: "redis-server does not start." }))
  ).pipe(Effect.retry({ schedule: Schedule.spaced("50 millis"), times: 200 }))
  const version = yield* Effect.sync(() => Bun.spawnSync([program, "--version"]).stdout.toString())
  return {
    socket,
    version: /v=(\S+)/u.exec(version)?.[1] ?? "",
    empty: Effect.promise(() => emptyRedis(socket))
  } satisfies RedisServer as RedisServer
})
