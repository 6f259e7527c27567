import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Exit, Fiber, Layer, Redacted, Scope } from "effect"
import { SqlError } from "effect/sql"
import * as PgDatabase from "../../../src/runtime/postgres/PgDatabase.ts"
import { it } from "../../support/effect.ts"
import { startPgProxy } from "../../support/PgProxy.ts"
import { TestPostgres } from "../../support/TestPostgres.ts"

it.live("lets the server end a transaction in which a process went silent, and goes on with a new connection", () =>
  Effect.gen(function* () {
    const address = yield* TestPostgres.freshDatabase()
    const options = { ...PgDatabase.clientOptions(address), maxConnections: 1 }
    const limit = options.startupParameters.idle_in_transaction_session_timeout
    yield* Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const [shown] = yield* sql<{
        value: string
      }>`SELECT current_setting('idle_in_transaction_session_timeout') AS value`
      expect(shown?.value).toBe(limit)

      // The same end, without the wait.
      const [mine] = yield* sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`
      const cutOff = sql.withTransaction(sql`SELECT pg_terminate_backend(${mine!.pid}::int)`)
      expect((yield* Effect.exit(cutOff))._tag).toBe("Failure")
      expect(yield* sql`SELECT 1 AS one`).toEqual([{ one: 1 }])
    }).pipe(Effect.provide(PgClient.layer(options)))
  })
)

it.live("lets the server compile no statement, which takes it seconds where the guess of a cost is high", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient

    expect(yield* sql`SELECT current_setting('jit') AS jit`).toEqual([{ jit: "off" }])
  }).pipe(
    Effect.provide(
      Layer.unwrap(
        Effect.map(TestPostgres.freshDatabase(), (address) => PgClient.layer(PgDatabase.clientOptions(address)))
      )
    )
  )
)

it.live("reads what is committed, whatever isolation the database has for others", () =>
  Effect.gen(function* () {
    const address = yield* TestPostgres.freshDatabase()
    const asked = Effect.flatMap(
      PgClient.PgClient,
      (sql) => sql`SELECT current_setting('transaction_isolation') AS isolation`
    ).pipe(Effect.provide(Layer.fresh(PgClient.layer(PgDatabase.clientOptions(address)))))
    yield* Effect.flatMap(PgClient.PgClient, (sql) =>
      sql.unsafe(`ALTER DATABASE ${address.database} SET default_transaction_isolation = 'serializable'`)
    ).pipe(Effect.provide(PgClient.layer(PgDatabase.clientOptions(address))))

    expect(yield* asked).toEqual([{ isolation: "read committed" }])
  })
)

it.live("migrates again when the connection breaks meanwhile", () =>
  Effect.gen(function* () {
    const address = yield* TestPostgres.freshDatabase()
    const broken = Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* sql`CREATE SEQUENCE statements`
      // A sequence keeps its value when the transaction does not.
      yield* sql`CREATE FUNCTION break_once() RETURNS event_trigger LANGUAGE plpgsql AS
        'BEGIN IF nextval(''statements'') = 10 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; END'`
      yield* sql`CREATE EVENT TRIGGER break_once ON ddl_command_end EXECUTE FUNCTION break_once()`
    })
    yield* broken.pipe(Effect.provide(PgClient.layer(PgDatabase.clientOptions(address))))

    const applied = yield* Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      return yield* sql<{ broken: boolean; views: number }>`
        SELECT (SELECT last_value > 10 FROM statements) AS broken,
          (SELECT count(*)::int FROM pg_views WHERE viewname = 'lane_loads') AS views`
    }).pipe(Effect.provide(PgDatabase.layer(address)))

    expect(applied).toEqual([{ broken: true, views: 1 }])
  })
)

it.live("says which migration failed, and what the server said of it", () =>
  Effect.gen(function* () {
    const address = yield* TestPostgres.freshDatabase()
    const refusing = Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* sql`CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS
        'BEGIN IF to_regclass(''script_jobs'') IS NOT NULL THEN RAISE EXCEPTION ''no tables on Sundays''; END IF; END'`
      yield* sql`CREATE EVENT TRIGGER refuse ON ddl_command_end EXECUTE FUNCTION refuse()`
    })
    yield* refusing.pipe(Effect.provide(PgClient.layer(PgDatabase.clientOptions(address))))

    const error = yield* Effect.flip(Effect.scoped(Layer.build(PgDatabase.layer(address))))

    expect(error.message).toBe(
      'The migrations could not be applied: Migration "1_script_jobs" failed: no tables on Sundays'
    )
  })
)

it.live("lets migrations take their time, and no other statement", () =>
  Effect.gen(function* () {
    const address = yield* TestPostgres.freshDatabase()
    const note = Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* sql`CREATE TABLE limits (value text)`
      yield* sql`CREATE FUNCTION note_limit() RETURNS event_trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO limits SELECT current_setting(''statement_timeout''); END'`
      yield* sql`CREATE EVENT TRIGGER note_limit ON ddl_command_end EXECUTE FUNCTION note_limit()`
    })
    yield* note.pipe(Effect.provide(PgClient.layer(PgDatabase.clientOptions(address))))

    const found = yield* Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const migrating = yield* sql<{ value: string }>`SELECT DISTINCT value FROM limits`
      const [later] = yield* sql<{ value: string }>`SELECT current_setting('statement_timeout') AS value`
      return { migrating, later }
    }).pipe(Effect.provide(PgDatabase.layer(address)))

    expect(found).toEqual({ migrating: [{ value: "0" }], later: { value: "30s" } })
  })
)

it.live("closes its pool while a transaction waits for a server that is silent", () =>
  Effect.gen(function* () {
    const proxy = yield* startPgProxy(yield* TestPostgres.freshDatabase())
    const scope = yield* Scope.make()
    const pool = yield* PgDatabase.poolLayer(PgDatabase.clientOptions(proxy.address)).pipe(
      Layer.build,
      Scope.provide(scope)
    )
    const sql = Context.get(pool, PgClient.PgClient)
    yield* sql`SELECT 1`
    yield* proxy.silence
    const waiting = yield* Effect.forkDetach(sql.withTransaction(sql`SELECT 1`), { startImmediately: true })

    yield* Effect.forkDetach(Fiber.interrupt(waiting), { startImmediately: true })
    yield* Scope.close(scope, Exit.void)

    // Nobody can interrupt its BEGIN; it ends when the server speaks again.
    expect(waiting.pollUnsafe()).toBeUndefined()
    yield* proxy.speakAgain
    expect(Exit.isFailure(yield* Fiber.await(waiting))).toBe(true)
  })
)

it.effect("names the disk of whichever server it is that is full, and no DATABASE_URL where none is set", () =>
  Effect.sync(() => {
    const embedded = { host: "/run/callboard", port: 5432, database: "callboard", username: "callboard" }
    const external = { url: Redacted.make("postgres://db.example.com/jobs") }
    const failed = (code: string) =>
      new SqlError.SqlError({ reason: new SqlError.UnknownError({ cause: Object.assign(new Error("no"), { code }) }) })

    expect(PgDatabase.remedyOf(failed("53100"), embedded)).toBe(
      "Free space on the disk of its data folder (CALLBOARD_DATA_DIR)."
    )
    expect(PgDatabase.remedyOf(failed("53100"), external)).toBe("Free space on the disk of the database server.")
    expect(PgDatabase.remedyOf(failed("ECONNREFUSED"), embedded)).not.toContain("DATABASE_URL")
    expect(PgDatabase.remedyOf(failed("ECONNREFUSED"), external)).toContain("DATABASE_URL")
  })
)
