/** The PostgreSQL of a run: Callboard's embedded one, which starts again whenever it ends, and the ways to disturb it. */
import { join } from "node:path"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { EmbeddedPostgres } from "../src/runtime/postgres/EmbeddedPostgres.ts"
import { readPostmasterPid } from "../src/runtime/postgres/EmbeddedPostgresProcess.ts"
import * as PgDatabase from "../src/runtime/postgres/PgDatabase.ts"
import { WORKERS } from "./settings.ts"

/** Each worker has a database role of its own, so that its connections can be told apart. */
export const roleOf = (worker: number) => `worker_${worker}`

/** Fast: sessions end in order. Immediate: they are cut off, and the log is replayed. Crash: the kernel ends it. */
const RESTARTS = { fast: "SIGINT", immediate: "SIGQUIT", crash: "SIGKILL" } as const
export type Restart = keyof typeof RESTARTS
export const isRestart = (fault: string): fault is Restart => fault in RESTARTS

export class ChaosDatabase extends Context.Service<
  ChaosDatabase,
  {
    /** Where the server listens for a role: its own socket, or the end of a link to it. */
    readonly urlOf: (role: string, host?: string) => string
    readonly socketDirectory: string
    readonly restart: (how: Restart) => Effect.Effect<void>
    /** Breaks all connections of a role; says how many there were. A server that is just away has none. */
    readonly disconnect: (role: string) => Effect.Effect<number>
  }
>()("callboard/chaos/ChaosDatabase") {}

const make = (directory: string, socketDirectory: string, database: string, port: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (let worker = 0; worker < WORKERS; worker++) {
      yield* sql`CREATE ROLE ${sql(roleOf(worker))} LOGIN SUPERUSER`
    }
    return ChaosDatabase.of({
      socketDirectory,
      urlOf: (role, host = socketDirectory) =>
        `postgres://${role}@localhost/${database}?${new URLSearchParams({ host, port: String(port) })}`,
      restart: (how) =>
        Effect.sync(() => {
          const server = readPostmasterPid(join(directory, "postgres"))
          if (server !== undefined) process.kill(server.pid, RESTARTS[how])
        }),
      disconnect: (role) =>
        sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${role}`.pipe(
          Effect.map((rows) => rows.length),
          Effect.orElseSucceed(() => 0)
        )
    })
  })

/** The machine itself does not fail here, so nothing has to be forced to its disk. */
const SETTINGS = { fsync: "off", shared_buffers: "32MB" }

/** The server, migrated, and the harness's own client. */
export const layer = (directory: string) =>
  Layer.unwrap(
    Effect.map(
      EmbeddedPostgres.make({ directory, settings: SETTINGS }),
      ({ database, port, socketDirectory, username }) =>
        Layer.effect(ChaosDatabase, make(directory, socketDirectory, database, port)).pipe(
          Layer.provideMerge(PgDatabase.layer({ host: socketDirectory, port, database, username }))
        )
    )
  )
