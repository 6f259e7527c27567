import { expect } from "bun:test"
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect, Schedule } from "effect"
import { Reactivity } from "effect/reactivity"
import { EmbeddedPostgres, type PostgresAddress } from "../../../src/runtime/postgres/EmbeddedPostgres.ts"
import { makeSocketDirectory } from "../../../src/runtime/postgres/EmbeddedPostgresPlaces.ts"
import { it } from "../../support/effect.ts"
import { testDirectory } from "../../support/testDirectory.ts"

const connect = ({ socketDirectory: host, ...address }: PostgresAddress) =>
  PgClient.makeClient({ ...address, host }).pipe(Effect.provide(Reactivity.layer))

const serverPid = (directory: string): number =>
  Number.parseInt(readFileSync(join(directory, "postgres", "postmaster.pid"), "utf8"), 10)

const isRunning = (pid: number): boolean => {
  const path = `/proc/${pid}/stat`
  return existsSync("/proc/self")
    ? existsSync(path) && !/\) Z /u.test(readFileSync(path, "utf8"))
    : Bun.spawnSync(["kill", "-0", String(pid)]).success
}

/** Starts a process of its own that hosts the server, and waits until it wrote its row. */
const hostElsewhere = (directory: string) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      Bun.spawn([process.execPath, join(import.meta.dir, "hostEmbeddedPostgres.ts"), directory], {
        stdin: "pipe",
        stdout: "pipe"
      })
    ),
    (host) => Effect.sync(() => host.kill("SIGKILL"))
  ).pipe(Effect.tap((host) => Effect.promise(() => host.stdout.getReader().read())))

it.live("keeps its data when its process is killed, and takes the place of the server that still runs", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const host = yield* hostElsewhere(directory)
    const orphan = serverPid(directory)
    host.kill("SIGKILL")
    yield* Effect.promise(() => host.exited)
    const survived = isRunning(orphan)

    const sql = yield* Effect.flatMap(EmbeddedPostgres.make({ directory }), connect)
    const rows = yield* sql`SELECT note FROM kept`

    expect(survived).toBe(true)
    expect(rows).toEqual([{ note: "before the kill" }])
    expect(isRunning(orphan)).toBe(false)
  })
)

it.live("starts a server that was killed again, where its clients find it", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const address = yield* EmbeddedPostgres.make({ directory })
    const killed = serverPid(directory)
    process.kill(killed, "SIGKILL")

    const answer = yield* Effect.scoped(Effect.flatMap(connect(address), (sql) => sql`SELECT 1 AS one`)).pipe(
      Effect.retry(Schedule.spaced("20 millis"))
    )

    expect(answer).toEqual([{ one: 1 }])
    expect(serverPid(directory)).not.toBe(killed)
  })
)

it.live("ends with its scope and leaves a clean shutdown behind", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const pid = yield* Effect.scoped(Effect.map(EmbeddedPostgres.make({ directory }), () => serverPid(directory)))

    expect(isRunning(pid)).toBe(false)
    expect(existsSync(join(directory, "postgres", "postmaster.pid"))).toBe(false)
  })
)

it.live("lets nobody else in and listens nowhere but on its socket", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const address = yield* EmbeddedPostgres.make({ directory })
    const sql = yield* connect(address)
    const settings = yield* sql`
      SELECT current_setting('listen_addresses') AS addresses, current_setting('fsync') AS fsync,
             current_setting('data_checksums') AS checksums, current_setting('server_encoding') AS encoding`

    expect(settings).toEqual([{ addresses: "", fsync: "on", checksums: "on", encoding: "UTF8" }])
    expect(statSync(address.socketDirectory).mode & 0o777).toBe(0o700)
    expect(statSync(join(directory, "postgres")).mode & 0o777).toBe(0o700)
  })
)

it.live("finds a short place for its socket when the path of the data directory is long", () =>
  Effect.gen(function* () {
    const directory = join(yield* testDirectory, "a".repeat(60), "b".repeat(60))
    mkdirSync(directory, { recursive: true, mode: 0o711 })
    const address = yield* Effect.scoped(
      Effect.tap(EmbeddedPostgres.make({ directory }), (made) => Effect.flatMap(connect(made), (sql) => sql`SELECT 1`))
    )

    expect(address.socketDirectory).not.toContain(directory)
    expect(existsSync(address.socketDirectory)).toBe(false)
  })
)

it.live(
  "finds a place for it that PostgreSQL does not take for a list when the path of the data directory has a comma",
  () =>
    Effect.gen(function* () {
      const directory = join(yield* testDirectory, "Amsterdam, Berlin")
      mkdirSync(directory, { mode: 0o711 })
      const sql = yield* Effect.flatMap(EmbeddedPostgres.make({ directory }), connect)

      expect(yield* sql`SELECT 1 AS one`).toEqual([{ one: 1 }])
    })
)

it.live("finds it also where the temporary folder has a long path", () =>
  Effect.gen(function* () {
    const long = join(yield* testDirectory, "a".repeat(60), "b".repeat(60))
    mkdirSync(long, { recursive: true })
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => makeSocketDirectory(long, undefined, long)),
      (made) => Effect.sync(() => rmSync(made, { recursive: true }))
    )

    expect(Buffer.byteLength(join(directory, ".s.PGSQL.5432"))).toBeLessThan(104)
  })
)

it.live("does not touch the data of another version", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    mkdirSync(join(directory, "postgres"))
    writeFileSync(join(directory, "postgres", "PG_VERSION"), "15\n")

    const error = yield* Effect.flip(EmbeddedPostgres.make({ directory }))

    expect(error.message).toContain("PostgreSQL 15")
    expect(error.message).toContain("CALLBOARD_DATA_DIR")
  })
)
