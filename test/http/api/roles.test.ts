/** Each cell of the role table: through the API on a real database, and directly in SQL. */
import { afterAll, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Context, Effect, Layer, ManagedRuntime } from "effect"
import { BULK_TYPE } from "../../../src/domain/BulkJobs.ts"
import type { Caller } from "../../../src/domain/Caller.ts"
import { type ApiHandler, makeApiHandler } from "../../../src/http/api/ApiHandler.ts"
import { run } from "../../runtime/postgres/asMember.ts"
import { callerServices } from "../../support/CallerServices.ts"
import { it } from "../../support/effect.ts"
import { emptyTables } from "../../support/emptyTables.ts"
import { type Column, columns, type Row } from "../../support/RoleRow.ts"
import { rows } from "../../support/roleTable.ts"
import { asCallboardMember, checkInSql, filled, rowsInSql, whoIn } from "../../support/roleTableInSql.ts"
import { roleTableText } from "../../support/roleTableText.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"
import { type Made, make } from "../../support/things.ts"
import { readAnswer, toRequest } from "../calls.ts"

/** Made once: with all its routes it takes longer than a request. */
class Handler extends Context.Service<Handler, ApiHandler>()("callboard/test/roles/Handler") {}

const runtime = ManagedRuntime.make(
  Layer.effect(Handler, makeApiHandler).pipe(Layer.provideMerge(callerServices), Layer.provideMerge(TestDatabase.layer))
)
afterAll(() => runtime.dispose())

const callerIn = (column: Column): Caller => ({ via: "key", name: "Ann", ...whoIn(column) })

const empty = emptyTables(
  ...["script_jobs", "job_queue", "job_leases", "job_schedules", "pauses", "workers"],
  ...["api_keys", "webhooks", "audit_log"]
)

/** What is stored of everything that a cell may touch, to see that a refused one left it as it was. */
const stored = Effect.map(
  run(`
    SELECT (SELECT json_agg(j ORDER BY id) FROM script_jobs j)::text AS jobs,
      (SELECT json_agg(s ORDER BY id) FROM job_schedules s)::text AS schedules,
      (SELECT json_agg(p ORDER BY id) FROM job_prompts p)::text AS prompts,
      (SELECT json_agg(k ORDER BY id) FROM api_keys k)::text AS keys,
      (SELECT json_agg(w ORDER BY id) FROM webhooks w)::text AS webhooks,
      (SELECT count(*) FROM uploads)::text AS uploads,
      (SELECT json_agg(p ORDER BY name) FROM pauses p)::text AS pauses`),
  ([row]) => row
)

const request = (row: Row, column: Column, made: Made) =>
  Effect.gen(function* () {
    const handler = yield* Handler
    const [method = "", path = ""] = row.request.split(" ")
    const body = row.body === undefined ? undefined : filled(JSON.stringify(row.body), made, "")
    const headers = row.contentType === undefined ? {} : { "Content-Type": row.contentType }
    const web = toRequest(method, filled(path, made, ""), body === undefined ? {} : { body, headers })
    return yield* Effect.flatMap(
      Effect.promise(() => handler(web, { caller: callerIn(column) })),
      readAnswer
    )
  }).pipe(Effect.scoped)

const codeOf = (json: unknown) => (json as { readonly code?: string } | undefined)?.code

const apiCell = (row: Row, column: Column) =>
  Effect.gen(function* () {
    const { organisationId, subject } = callerIn(column)
    yield* empty
    const own = yield* make(row.thing, organisationId, subject)
    const before = yield* stored
    const answer = yield* request(row, column, own)
    if (!row.may.includes(column)) {
      expect([answer.status, codeOf(answer.json)]).toEqual([403, "FORBIDDEN"])
      expect(yield* stored).toEqual(before)
    } else {
      expect(answer.status < 300 ? "done" : answer).toBe("done")
    }
    if (row.elsewhere === "—") return
    yield* empty
    const theirs = yield* make(row.thing, "south", subject)
    const untouched = yield* stored
    const there = yield* request(row, column, theirs)
    const isLookedFor = (row.mayTry ?? row.may).includes(column)
    if (row.elsewhere === "not shown" && isLookedFor) expect(there.json).toEqual({ data: [] })
    else expect(there.status).toBe(isLookedFor ? 404 : 403)
    expect(yield* stored).toEqual(untouched)
  })

for (const row of rows) {
  it.live(`answers as the table says: ${row.what}`, () =>
    Effect.promise(() =>
      runtime.runPromise(Effect.forEach(columns, (column) => apiCell(row, column), { discard: true }))
    )
  )
}

for (const row of rowsInSql) {
  it.live(`holds in SQL as the table says: ${row.what}`, () =>
    Effect.promise(() => runtime.runPromise(Effect.andThen(empty, checkInSql(row, asCallboardMember))))
  )
}

const member: Caller = { ...callerIn("member"), organisationId: "default" }
const adminOfOthers = callerIn("admin")
const change = {
  jobType: BULK_TYPE,
  input: { action: "retry", filter: { status: ["failed"] }, until: Bun.randomUUIDv7() }
}

for (const [who, method, path, body, detail] of [
  [adminOfOthers, "POST", "/api/lanes/default/pause", {}, "Only admins of whoever runs the server may do this."],
  [adminOfOthers, "POST", "/api/lanes/default/resume", {}, "Only admins of whoever runs the server may do this."],
  [adminOfOthers, "POST", "/api/types/idle/pause", {}, "Only admins of whoever runs the server may do this."],
  [adminOfOthers, "POST", "/api/types/idle/resume", {}, "Only admins of whoever runs the server may do this."],
  [adminOfOthers, "POST", "/api/jobs/cleanup", {}, "Only admins of whoever runs the server may do this."],
  [member, "POST", "/api/jobs", change, "Only operators and admins may start jobs of this type."],
  [member, "POST", "/api/jobs/batch", { jobs: [change] }, "Only operators and admins may start jobs of this type."]
] as const) {
  it.live(`tells the ${who.role} who may: ${method} ${path}`, () =>
    Effect.promise(() =>
      runtime.runPromise(
        Effect.gen(function* () {
          const handler = yield* Handler
          const answer = yield* Effect.promise(() => handler(toRequest(method, path, { body }), { caller: who }))

          expect((yield* readAnswer(answer)).json).toMatchObject({ status: 403, code: "FORBIDDEN", detail })
        })
      )
    )
  )
}

test("prints the table into docs/security.md", () => {
  const text = readFileSync(join(import.meta.dir, "../../../docs/security.md"), "utf8")

  expect(text).toContain(roleTableText())
})
