import { expect } from "bun:test"
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Clock, Effect } from "effect"
import { checkBrowser } from "../../src/cli/doctor/checkBrowser.ts"
import { checkBucket } from "../../src/cli/doctor/checkBucket.ts"
import { checkDatabase } from "../../src/cli/doctor/checkDatabase.ts"
import { checkFolder } from "../../src/cli/doctor/checkFolder.ts"
import { checkJobTypes } from "../../src/cli/doctor/checkJobTypes.ts"
import { checkReach } from "../../src/cli/doctor/checkReach.ts"
import type { Finding } from "../../src/cli/doctor/Finding.ts"
import { HAS_SET_OPTION } from "../../src/runtime/postgres/MemberRole.ts"
import { migrate } from "../../src/runtime/postgres/migrations.ts"
import * as PgDatabase from "../../src/runtime/postgres/PgDatabase.ts"
import { readSettings } from "../../src/runtime/Settings.ts"
import { temporaryDirectory } from "../support/CallboardProcess.ts"
import { commandLine } from "../support/CommandLine.ts"
import { it } from "../support/effect.ts"
import { startPgProxy } from "../support/PgProxy.ts"
import { openBucket } from "../support/TestBucket.ts"
import { type TestDatabase, TestPostgres } from "../support/TestPostgres.ts"

const urlOf = ({ database, host, port, username }: TestDatabase) => `postgres://${username}@${host}:${port}/${database}`

const databaseAt = (DATABASE_URL: string) => Effect.flatMap(readSettings({ DATABASE_URL }), checkDatabase)

const bad = (findings: ReadonlyArray<Finding>) => findings.filter(({ state }) => state !== "fine")

it.live("finds nothing wrong with a database that is well, old or new", () =>
  Effect.gen(function* () {
    const database = yield* TestPostgres.freshDatabase()
    const url = TestPostgres.urlOf(database)

    expect(yield* databaseAt(url)).toEqual([
      { state: "fine", about: "database", says: expect.stringContaining(`PostgreSQL`) },
      {
        state: "fine",
        about: "permissions",
        says: `${database.username} may make tables, and act as callboard_member`
      },
      { state: "fine", about: "notifications", says: "arrive" },
      { state: "fine", about: "statements", says: "are not compiled" },
      { state: "fine", about: "clock", says: "agrees with the database's" },
      { state: "fine", about: "tables", says: expect.stringMatching(/^(?:are up to date|\d+ migration\(s\) run)/u) }
    ])
  })
)

it.live("names a database that is not there, without its password", () =>
  Effect.gen(function* () {
    const found = yield* databaseAt("postgres://callboard:hunter2@127.0.0.1:1/jobs")

    expect(found).toMatchObject([
      { state: "fault", about: "database", advice: expect.stringContaining("DATABASE_URL") }
    ])
    expect(JSON.stringify(found)).not.toContain("hunter2")
  })
)

it.live("names a pooler that swallows notifications", () =>
  Effect.gen(function* () {
    const proxy = yield* startPgProxy(yield* TestPostgres.freshDatabase())
    yield* proxy.deafen

    expect(bad(yield* databaseAt(urlOf(proxy.address)))).toMatchObject([
      { state: "warning", about: "notifications", advice: expect.stringContaining("direct address") }
    ])
  })
)

it.live("names an account whose statements are compiled behind a pooler", () =>
  Effect.gen(function* () {
    const proxy = yield* startPgProxy(yield* TestPostgres.freshDatabase(), { isPooler: true })

    expect(bad(yield* databaseAt(urlOf(proxy.address)))).toMatchObject([
      { state: "warning", about: "statements", advice: expect.stringContaining("SET jit = off") }
    ])
  })
)

it.live("names an account that may not make tables, and what its owner has to run", () =>
  Effect.gen(function* () {
    const database = yield* TestPostgres.freshDatabase()
    const account = `guest_${database.database}`
    yield* Effect.flatMap(PgClient.PgClient, (sql) =>
      Effect.andThen(
        sql.unsafe(`REVOKE CREATE ON SCHEMA public FROM PUBLIC`),
        sql.unsafe(`CREATE ROLE ${account} LOGIN`)
      )
    ).pipe(Effect.provide(PgClient.layer(PgDatabase.clientOptions(database))))
    yield* Effect.addFinalizer(() =>
      Effect.flatMap(PgClient.PgClient, (sql) => sql.unsafe(`DROP ROLE ${account}`)).pipe(
        Effect.provide(PgClient.layer(PgDatabase.clientOptions(database))),
        Effect.orDie
      )
    )
    const proxy = yield* startPgProxy({ ...database, username: account })

    const [permissions] = bad(yield* databaseAt(urlOf(proxy.address))).filter(({ about }) => about === "permissions")
    expect(permissions).toEqual({
      state: "fault",
      about: "permissions",
      says: `${account} may not make tables in the schema public.`,
      advice: `Have its owner run: GRANT CREATE ON SCHEMA public TO "${account}";`
    })
  })
)

it.live("names a database that takes no writes", () =>
  Effect.gen(function* () {
    const database = yield* TestPostgres.freshDatabase()
    yield* Effect.flatMap(PgClient.PgClient, (sql) =>
      sql.unsafe(`ALTER DATABASE ${database.database} SET default_transaction_read_only = on`)
    ).pipe(Effect.provide(PgClient.layer(PgDatabase.clientOptions(database))))

    expect(bad(yield* databaseAt(TestPostgres.urlOf(database)))).toMatchObject([
      { state: "fault", about: "database", says: "takes no writes.", advice: expect.stringContaining("primary") }
    ])
  })
)

it.live("names an account that may not act as the role of members, though others made it", () =>
  Effect.gen(function* () {
    const database = yield* TestPostgres.freshDatabase()
    const account = `lesser_${database.database}`
    const run = (...statements: ReadonlyArray<string>) =>
      Effect.flatMap(PgClient.PgClient, (sql) =>
        Effect.forEach(statements, (each) => sql.unsafe<{ there?: boolean }>(each))
      ).pipe(Effect.provide(PgClient.layer(PgDatabase.clientOptions(database))))
    // The role belongs to the server, and comes with the first migration there.
    const elsewhere = yield* TestPostgres.freshDatabase()
    yield* Effect.provide(migrate, PgClient.layer(PgDatabase.clientOptions(elsewhere)))
    yield* run(`CREATE ROLE ${account} LOGIN`, `GRANT CREATE ON SCHEMA public TO ${account}`)
    yield* Effect.addFinalizer(() => Effect.orDie(run(`DROP OWNED BY ${account}`, `DROP ROLE ${account}`)))
    const [[option] = []] = yield* run(`SELECT ${HAS_SET_OPTION} AS there`)
    const permissionsOf = Effect.map(databaseAt(TestPostgres.urlOf({ ...database, username: account })), (found) =>
      found.find(({ about }) => about === "permissions")
    )

    expect(yield* permissionsOf).toEqual({
      state: "warning",
      about: "permissions",
      says: `${account} may not act as the role callboard_member, so callers with keys are refused.`,
      // 15 has no such option.
      advice: `Have an administrator run: GRANT callboard_member TO "${account}"${option?.there ? " WITH SET TRUE" : ""};`
    })
    yield* run(`GRANT callboard_member TO ${account}`)
    expect(yield* permissionsOf).toMatchObject({ state: "fine" })
  })
)

it.live("names the key that what waits was sealed with, when it is not here, and makes none", () =>
  Effect.gen(function* () {
    const database = yield* TestPostgres.freshDatabase()
    const dataDirectory = yield* temporaryDirectory
    yield* Effect.gen(function* () {
      yield* migrate
      const sql = yield* PgClient.PgClient
      yield* sql`
        INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms, expires_at)
        VALUES (${Bun.randomUUIDv7()}::uuid, 'JOB_20260101_000000_00000001', 'log-in', 'default',
          '{"password": {"$sealed": "v1.0a1b2c3d.nonce.text"}}', 1, 3, 1000, now() + interval '1 day')`
    }).pipe(Effect.provide(PgClient.layer(PgDatabase.clientOptions(database))))

    const settings = { DATABASE_URL: TestPostgres.urlOf(database), CALLBOARD_DATA_DIR: dataDirectory }
    const found = bad(yield* Effect.flatMap(readSettings(settings), checkDatabase))

    expect(found).toEqual([
      {
        state: "fault",
        about: "secrets",
        says: expect.stringContaining("of 1 waiting jobs and schedules were sealed with the key 0a1b2c3d"),
        advice: expect.stringContaining("CALLBOARD_SECRET_KEY")
      }
    ])
    expect(readdirSync(dataDirectory)).toEqual([])
  })
)

it.live("names the account that owns the tables to one that may not read them", () =>
  Effect.gen(function* () {
    const database = yield* TestPostgres.freshDatabase()
    const account = `stranger_${database.database}`
    const run = (...statements: ReadonlyArray<string>) =>
      Effect.flatMap(PgClient.PgClient, (sql) => Effect.forEach(statements, (each) => sql.unsafe(each))).pipe(
        Effect.provide(PgClient.layer(PgDatabase.clientOptions(database)))
      )
    yield* Effect.provide(migrate, PgClient.layer(PgDatabase.clientOptions(database)))
    yield* run(
      `CREATE ROLE ${account} LOGIN`,
      `GRANT CREATE ON SCHEMA public TO ${account}`,
      `GRANT callboard_member TO ${account}`
    )
    yield* Effect.addFinalizer(() => Effect.orDie(run(`DROP OWNED BY ${account}`, `DROP ROLE ${account}`)))

    expect(bad(yield* databaseAt(TestPostgres.urlOf({ ...database, username: account })))).toEqual([
      {
        state: "fault",
        about: "tables",
        says: `${account} may not read them: they are those of ${database.username}.`,
        advice: "Give DATABASE_URL the account that owns the tables."
      }
    ])
  })
)

it.live("names a clock that is wrong", () =>
  Effect.gen(function* () {
    const url = TestPostgres.urlOf(yield* TestPostgres.freshDatabase())
    const clock = yield* Clock.Clock
    const hour = 3_600_000
    const slow = Object.assign(Object.create(Object.getPrototypeOf(clock)), clock, {
      currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() - hour,
      currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now - hour)
    }) as Clock.Clock

    const [wrong] = bad(yield* Effect.provideService(databaseAt(url), Clock.Clock, slow))
    expect(wrong).toMatchObject({ about: "clock", advice: expect.stringContaining("NTP") })
    expect(wrong?.says).toMatch(/^differs from the database's by (?:1h|59m 59s)/u)
  })
)

it.live("names a folder that cannot be written, and a browser that does not start", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const file = join(directory, "file")
    writeFileSync(file, "#!/bin/sh\nexit 1\n", { mode: 0o755 })

    expect(yield* checkFolder(directory)).toMatchObject({
      about: "data folder",
      says: expect.stringContaining("GB free")
    })
    expect(yield* checkFolder(join(file, "below"))).toMatchObject({
      state: "fault",
      advice: expect.stringContaining("CALLBOARD_DATA_DIR")
    })
    const settings = yield* readSettings({ CALLBOARD_CHROMIUM: file, CALLBOARD_DATA_DIR: directory })
    expect(yield* checkBrowser(settings)).toMatchObject({
      state: "fault",
      says: expect.stringContaining("does not start")
    })
  })
)

it.live("names job types that the start would refuse or leave out", () =>
  Effect.gen(function* () {
    const file = join(yield* temporaryDirectory, "types.ts")
    const look = (config: string) => Effect.flatMap(readSettings({ CALLBOARD_CONFIG: config }), checkJobTypes)
    writeFileSync(file, "export default [{ name: 'half' }]\n")

    expect(yield* look("/nowhere.ts")).toMatchObject([
      { state: "fault", says: expect.stringContaining("/nowhere.ts cannot be used: there is no such file") }
    ])
    expect(bad(yield* look(file))).toMatchObject([
      { state: "warning", says: expect.stringMatching(/^half is left out: .*no job type/u) }
    ])
  })
)

it.live("names a server that others reach while nobody has a key", () =>
  Effect.gen(function* () {
    const DATABASE_URL = TestPostgres.urlOf(yield* TestPostgres.freshDatabase())
    const look = (env: Record<string, string>) => Effect.flatMap(readSettings(env), checkReach)
    const data = { CALLBOARD_DATA_DIR: yield* temporaryDirectory }
    const refusal = [{ state: "fault", about: "keys", says: expect.stringContaining("lets others reach this server") }]

    expect(yield* look({ DATABASE_URL, HOST: "0.0.0.0" })).toMatchObject(refusal)
    expect(yield* look({ ...data, HOST: "0.0.0.0" })).toMatchObject(refusal)
    expect(yield* look({ ...data, CALLBOARD_PUBLIC_URL: "https://jobs.example.com" })).toMatchObject(refusal)
    expect(yield* look({ ...data, HOST: "127.0.0.1" })).toEqual([])
    expect(bad(yield* look({ ...data, HOST: "::", CALLBOARD_JWT_SECRET: "x".repeat(32) }))).toEqual([])

    // As the database of a server lies there that was stopped.
    const stopped = join(data.CALLBOARD_DATA_DIR, "postgres")
    mkdirSync(stopped)
    writeFileSync(join(stopped, "PG_VERSION"), "18\n")
    expect(yield* look({ ...data, HOST: "0.0.0.0" })).toMatchObject([
      {
        state: "warning",
        says: expect.stringContaining(
          "HOST=0.0.0.0 lets others reach this server: if no key was made, the start refuses"
        ),
        advice: expect.stringContaining("keys list")
      }
    ])

    const made = yield* commandLine({ DATABASE_URL })("keys", "create", "--name", "Ada", "--role", "admin")
    expect(made.code).toBe(0)
    expect(bad(yield* look({ DATABASE_URL, HOST: "0.0.0.0" }))).toEqual([])
  })
)

it.live("names a bucket that cannot be reached or refuses, without its key", () =>
  Effect.gen(function* () {
    const look = (url: string) => Effect.flatMap(readSettings({ CALLBOARD_ARTIFACTS_URL: url }), checkBucket)
    const { url } = yield* openBucket
    const away = yield* look("s3+http://key:hunter2@127.0.0.1:1/bucket")

    expect(bad(yield* look(url))).toEqual([])
    expect(away).toMatchObject([{ state: "fault", about: "bucket" }])
    expect(JSON.stringify(away)).not.toContain("hunter2")
  })
)

it.live("fails when something has to be mended, and says what is well", () =>
  Effect.gen(function* () {
    const doctor = commandLine({ CALLBOARD_DATA_DIR: yield* temporaryDirectory })
    const well = yield* doctor("doctor")
    expect([well.code, well.error]).toEqual([0, ""])
    expect(well.out).toMatch(/^ok {4}browser: Chromium \d+/mu)

    const refused = yield* commandLine({
      CALLBOARD_DATA_DIR: yield* temporaryDirectory,
      CALLBOARD_CONFIG: "/nowhere.ts",
      CALLBOARD_ARTIFACTS_URL: "s3+http://key:hunter2@127.0.0.1:1/bucket",
      HOST: "0.0.0.0"
    })("doctor")
    expect([refused.code, refused.error]).toEqual([1, "3 thing(s) have to be mended."])

    const wrong = yield* commandLine({ PORT: "many" })("doctor")
    expect([wrong.code, wrong.error]).toEqual([1, "1 thing(s) have to be mended."])
    expect(wrong.out).toStartWith("FAIL  settings: PORT must be")
  })
)
