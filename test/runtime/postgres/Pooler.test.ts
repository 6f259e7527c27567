import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, Option } from "effect"
import { CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { makeCallers } from "../../../src/runtime/postgres/asCaller.ts"
import * as PgDatabase from "../../../src/runtime/postgres/PgDatabase.ts"
import { fitting } from "../../../src/runtime/postgres/Pooler.ts"
import { it } from "../../support/effect.ts"
import { startPgProxy } from "../../support/PgProxy.ts"
import { TestPostgres } from "../../support/TestPostgres.ts"

it.live("uses prepared statements and session settings where nothing stands between", () =>
  Effect.gen(function* () {
    const proxy = yield* startPgProxy(yield* TestPostgres.freshDatabase())
    const options = PgDatabase.clientOptions(proxy.address)

    expect(yield* fitting(options)).toEqual({ ...options, prepare: true })
  })
)

it.live("works behind a pooler that refuses settings, and prepares no statement in sessions that are not its own", () =>
  Effect.gen(function* () {
    const proxy = yield* startPgProxy(yield* TestPostgres.freshDatabase(), { isPooler: true })
    const services = yield* Layer.build(PgDatabase.layer(proxy.address))
    const sql = Context.get(services, PgClient.PgClient)

    const jobs = yield* sql`SELECT count(*)::int AS count FROM script_jobs WHERE priority = ${1}`
    const prepared = yield* sql`SELECT name FROM pg_prepared_statements`
    const caller = { ...localCaller, via: "key" as const, organisationId: "north" }
    const [who] = yield* Effect.flatMap(makeCallers, ({ transaction }) =>
      transaction(sql`SELECT current_user AS role, callboard_organisation() AS organisation`)
    ).pipe(Effect.provideService(CurrentCaller, Option.some(caller)), Effect.provideContext(services))
    const [zone] = yield* sql<{ zone: string }>`SELECT current_setting('timezone') AS zone`

    expect(jobs).toEqual([{ count: 0 }])
    expect(prepared).toEqual([])
    expect(who).toEqual({ role: "callboard_member", organisation: "north" })
    expect(zone?.zone).toBe("UTC")
  })
)
