/** On a server of its own for each test, because roles belong to the whole server. */
import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Logger, Option } from "effect"
import { checkDatabase } from "../../../src/cli/doctor/checkDatabase.ts"
import { type Caller, CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { EmbeddedPostgres } from "../../../src/runtime/postgres/EmbeddedPostgres.ts"
import { migrate } from "../../../src/runtime/postgres/migrations.ts"
import * as PgDatabase from "../../../src/runtime/postgres/PgDatabase.ts"
import { clientOptions, type DatabaseAddress } from "../../../src/runtime/postgres/PgDatabase.ts"
import { readSettings } from "../../../src/runtime/Settings.ts"
import { callerServices } from "../../support/CallerServices.ts"
import { it } from "../../support/effect.ts"
import { asAuthenticated, checkInSql, rowsInSql } from "../../support/roleTableInSql.ts"
import { TestPostgres } from "../../support/TestPostgres.ts"
import { testDirectory } from "../../support/testDirectory.ts"
import { as, claimsOf, column, INSUFFICIENT_PRIVILEGE, insertJob, refusal, run } from "./asMember.ts"

/** Gives `on(database, user)`: a client there. The superuser's is the default. */
const server = Effect.gen(function* () {
  const {
    port,
    socketDirectory: host,
    username: superuser
  } = yield* EmbeddedPostgres.make({
    directory: yield* testDirectory,
    settings: { fsync: "off" }
  })
  const address = (database = "postgres", username = superuser) => ({ host, port, database, username })
  const on = (database?: string, username?: string) =>
    Effect.provide(PgClient.layer(clientOptions(address(database, username))))
  return Object.assign(on, { address })
})

const caller = (via: Caller["via"]) =>
  Effect.provideService(CurrentCaller, Option.some<Caller>({ ...localCaller, via, organisationId: "north" }))

/** What a process that starts now logs, and how it serves a caller. */
const start = (address: DatabaseAddress, via: Caller["via"]) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => lines.push(String(message)))
    const created = Effect.gen(function* () {
      const { create, get } = yield* Jobs
      const { job } = yield* create({ jobType: "idle", input: {} })
      return (yield* get(job.id)).createdBy
    })
    const end = yield* Effect.result(caller(via)(created)).pipe(
      Effect.provide(callerServices.pipe(Layer.provide(PgDatabase.layer(address)))),
      Effect.provide(Logger.layer([logger]))
    )
    return { lines: lines.filter((line) => line.includes("callboard_member")), end }
  })

const jobs = column("SELECT organisation_id FROM script_jobs")

it.live("makes the role once when several databases of one server migrate at the same moment", () =>
  Effect.gen(function* () {
    const on = yield* server
    const names = ["one", "two", "three"]
    yield* Effect.forEach(names, (name) => on()(run(`CREATE DATABASE ${name}`)))

    yield* Effect.forEach(names, (name) => on(name)(migrate), { concurrency: "unbounded" })

    for (const name of names) {
      yield* on(name)(insertJob({ organisation_id: "north" }))
      expect(yield* on(name)(as(claimsOf("ann", "north"))(jobs))).toEqual(["north"])
      expect(yield* on(name)(as(claimsOf("ann", "south"))(jobs))).toEqual([])
    }
  }).pipe(Effect.scoped)
)

it.live("lets a user who is no superuser make the role and take it", () =>
  Effect.gen(function* () {
    const on = yield* server
    yield* on()(run("CREATE ROLE maker LOGIN CREATEROLE"))
    yield* on()(run("CREATE DATABASE made OWNER maker"))

    yield* on("made", "maker")(migrate)

    const id = yield* on(
      "made",
      "maker"
    )(as(claimsOf("ann", "north"))(insertJob({ organisation_id: "north", created_by: "ann" })))
    expect(yield* on("made", "maker")(column("SELECT id FROM job_queue"))).toEqual([id])
  }).pipe(Effect.scoped)
)

it.live("migrates for a user who may make no roles, and lets the role in when somebody made it", () =>
  Effect.gen(function* () {
    const on = yield* server
    yield* on()(run("CREATE ROLE tenant LOGIN"))
    yield* on()(run("CREATE DATABASE hosted OWNER tenant"))
    const asTenant = on("hosted", "tenant")

    yield* asTenant(migrate)
    const id = yield* asTenant(insertJob({ organisation_id: "north" }))
    const asked = yield* start(on.address("hosted", "tenant"), "key")
    expect(asked.lines).toEqual([
      expect.stringMatching(/CREATE ROLE .*GRANT callboard_member TO "tenant".*callboard_let_in/su)
    ])
    expect(asked.end).toMatchObject({ _tag: "Failure", failure: { _tag: "JobsUnavailable" } })
    expect((yield* start(on.address("hosted", "tenant"), "local")).end).toMatchObject({ success: "local" })
    yield* asTenant(run("DELETE FROM script_jobs WHERE created_by = 'local'"))
    yield* on()(run("CREATE ROLE callboard_member NOLOGIN"))
    yield* on()(run("GRANT callboard_member TO tenant"))
    expect(yield* refusal(asTenant(as(claimsOf("ann", "north"))(jobs)))).toBe(INSUFFICIENT_PRIVILEGE)
    yield* asTenant(run("SELECT callboard_let_in('callboard_member')"))

    expect(yield* asTenant(as(claimsOf("ann", "north"))(jobs))).toEqual(["north"])
    expect(yield* asTenant(as(claimsOf("ann", "south"))(jobs))).toEqual([])
    expect(yield* asTenant(column("SELECT id FROM job_queue"))).toEqual([id])
    expect(yield* start(on.address("hosted", "tenant"), "key")).toMatchObject({ lines: [], end: { success: "local" } })

    // A second database of this user finds the role there.
    yield* on()(run("CREATE DATABASE second OWNER tenant"))
    yield* on("second", "tenant")(migrate)
    expect(yield* on("second", "tenant")(as(claimsOf("ann", "north"))(jobs))).toEqual([])
  }).pipe(Effect.scoped)
)

it.live("names the statement that lets a user take the role who is a member without the option to", () =>
  Effect.gen(function* () {
    const on = yield* server
    yield* on()(run("CREATE ROLE restorer LOGIN CREATEROLE"))
    yield* on()(run("CREATE DATABASE restored OWNER restorer"))
    yield* on("restored", "restorer")(migrate)
    yield* on()(run("GRANT callboard_member TO restorer WITH SET FALSE"))
    yield* on()(run("REVOKE callboard_member FROM restorer GRANTED BY restorer"))
    const address = on.address("restored", "restorer")
    const permissions = Effect.gen(function* () {
      const settings = yield* readSettings({ DATABASE_URL: TestPostgres.urlOf(address) })
      return (yield* checkDatabase(settings)).find(({ about }) => about === "permissions")
    })
    const remedy = 'GRANT callboard_member TO "restorer" WITH SET TRUE;'

    expect(yield* permissions).toMatchObject({ state: "warning", advice: `Have an administrator run: ${remedy}` })
    const { end, lines } = yield* start(address, "key")
    expect(lines).toEqual([expect.stringContaining(`Have this run by who may: ${remedy} `)])
    expect(end).toMatchObject({ _tag: "Failure", failure: { _tag: "JobsUnavailable" } })

    yield* on()(run(remedy))
    expect(yield* permissions).toMatchObject({ state: "fine" })
    expect(yield* start(address, "key")).toMatchObject({ lines: [], end: { success: "local" } })
  }).pipe(Effect.scoped)
)

it.live("holds on a Supabase database, which gives everything new to everybody", () =>
  Effect.gen(function* () {
    const on = yield* server
    const inProject = on("project")
    yield* on()(run("CREATE DATABASE project"))
    yield* inProject(run("CREATE ROLE anon NOLOGIN"))
    yield* inProject(run("CREATE ROLE authenticated NOLOGIN"))
    yield* inProject(run("CREATE ROLE service_role NOLOGIN BYPASSRLS"))
    for (const things of ["TABLES", "SEQUENCES", "FUNCTIONS"]) {
      const everybody = "anon, authenticated, service_role"
      yield* inProject(run(`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON ${things} TO ${everybody}`))
    }

    yield* inProject(migrate)

    // What comes through PostgREST is judged as what comes through the API.
    for (const row of rowsInSql) yield* inProject(checkInSql(row, asAuthenticated))
    yield* inProject(run("TRUNCATE script_jobs, job_queue, job_leases, job_schedules, pauses CASCADE"))

    const token = { sub: "ann", role: "authenticated", app_metadata: { organisation_id: "north" } }
    const asAnn = as(token, "authenticated")
    const asService = as({ role: "service_role" }, "service_role")
    const own = yield* inProject(asAnn(insertJob({ organisation_id: "north", created_by: "ann" })))
    yield* inProject(asService(insertJob({ organisation_id: "south", status: "failed", error_code: "NOT_FOUND" })))
    expect(yield* inProject(asAnn(jobs))).toEqual(["north"])
    expect(yield* inProject(asAnn(column("SELECT jobs FROM script_jobs_failed_summary")))).toEqual([])
    const forbidden = [
      "SELECT FROM workers",
      "SELECT output FROM job_checkpoints",
      "DELETE FROM workers",
      "SELECT FROM lane_loads"
    ]
    for (const statement of forbidden) {
      expect(yield* refusal(inProject(asAnn(run(statement))))).toBe(INSUFFICIENT_PRIVILEGE)
    }
    for (const statement of ["SELECT FROM script_jobs", "SELECT notify_of_jobs(NULL, NULL, '[]')"]) {
      expect(yield* refusal(inProject(as({}, "anon")(run(statement))))).toBe(INSUFFICIENT_PRIVILEGE)
    }
    const claimed = column(
      "SELECT id FROM claim_jobs('default', 9, '{idle}', '', 'w', gen_random_uuid(), interval '1 hour')"
    )
    expect(yield* inProject(asService(claimed))).toEqual([own])
    yield* inProject(asService(run("UPDATE script_jobs SET status = 'cancelled' WHERE status = 'in_progress'")))
    expect(yield* inProject(asService(column("SELECT status FROM script_jobs ORDER BY id")))).toEqual([
      "cancelled",
      "failed"
    ])
  }).pipe(Effect.scoped)
)
