/** Scripts that give away their secrets wherever they can, and a search for them in all that is kept and shown. */
import { expect } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { Reactivity } from "effect/reactivity"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import { type RunningCallboard, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

const PASSWORD = 'Zq7!xé"secret&word'
const TOKEN = "Tk-5b1e9f-very-own-token"
const PERSON = "ada.lovelace@example.com"

const JOB_TYPES = `import { Effect, Redacted, Schema } from ${JSON.stringify(import.meta.resolve("effect"))}
import { defineJobType, FatalError, Secret, Steps } from ${JSON.stringify(import.meta.resolve("../../src/callboard.ts"))}
const parts = {
  title: "Leaks", description: "Gives its secrets away.", lane: "default",
  input: Schema.Struct({ password: Secret, logins: Schema.Array(Schema.Struct({ token: Secret })), note: Schema.String }),
  result: Schema.Json, steps: [{ name: "leak", title: "Leak" }], example: { password: "p", logins: [], note: "" }
}
const leak = (input) => Effect.gen(function* () {
  const secret = Redacted.value(input.password)
  const token = Redacted.value(input.logins[0].token)
  const steps = yield* Steps
  yield* steps.run("leak", Schema.Null, Effect.gen(function* () {
    yield* Effect.logInfo("signing in", { secret, token }, JSON.stringify(JSON.stringify({ secret })))
    yield* Effect.logWarning(encodeURIComponent(secret) + " " + new URLSearchParams({ secret, token }))
    yield* Effect.logInfo("for ${PERSON}, call +49 30 23125 012")
    yield* steps.progress("typing " + secret + " and " + token)
    return null
  }))
  return { secret, nested: [{ [token]: token }] }
})
export default [
  defineJobType({ ...parts, name: "leak-and-complete", run: leak }),
  defineJobType({ ...parts, name: "leak-and-fail", run: (input) => Effect.flatMap(leak(input), ({ secret }) =>
    new FatalError({ code: "VALIDATION_ERROR", message: "refused " + secret, hint: "not " + secret })) }),
  defineJobType({ ...parts, name: "leak-and-break", run: (input) => Effect.flatMap(leak(input), ({ secret }) =>
    Effect.die(new Error("a bug with " + secret))) })
]
`

const LONG_MS = 120_000

/** In every way that a dump or a page may write them. */
const spellings = [PASSWORD, TOKEN].flatMap((secret) => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  // A row as text doubles the quotes of its JSON.
  JSON.stringify(secret).slice(1, -1).replaceAll("\\", "\\\\").replaceAll('"', '""'),
  encodeURIComponent(secret),
  Buffer.from(secret).toString("hex"),
  Buffer.from(secret).toString("base64").replace(/=+$/u, ""),
  secret.replaceAll("&", "&amp;").replaceAll('"', "&quot;")
])

const findIn = (where: string, text: string, wanted: ReadonlyArray<string>) =>
  wanted.filter((each) => text.includes(each)).map((each) => `${each} in ${where}`)

/** Every row of every table as text, bytes as hexadecimal digits. */
const dump = Effect.fnUntraced(function* (address: Parameters<typeof clientOptions>[0]) {
  const pg = yield* PgClient.make(clientOptions(address)).pipe(Effect.provide(Reactivity.layer))
  const tables = yield* pg<{ name: string }>`
    SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`
  return yield* Effect.forEach(tables, ({ name }) =>
    Effect.map(pg.unsafe<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`), (rows) => ({
      name,
      text: rows.map(({ row }) => row).join("\n")
    }))
  )
})

/** What the server says about the job, to programs and to people. */
const answersAbout = (callboard: RunningCallboard, id: string) =>
  Effect.forEach(
    [
      ...["", "/status", "/attempts", "/logs", "/artifacts"].map((part) => `/api/jobs/${id}${part}`),
      ...["/api/jobs", "/api/jobs?q=Zq7", "/api/failures", "/jobs", `/jobs/${id}`, "/jobs?status=failed"]
    ],
    (path) => Effect.promise(async () => ({ path, text: await (await fetch(new URL(path, callboard.url))).text() }))
  )

it.live(
  "keeps and shows no secret that scripts give away",
  () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const address = yield* TestPostgres.freshDatabase()
      const config = join(directory, "callboard.config.ts")
      writeFileSync(config, JOB_TYPES)
      const env = { CALLBOARD_CONFIG: config, DATABASE_URL: TestPostgres.urlOf(address), LOG_LEVEL: "debug" }
      const callboard = yield* startCallboard({ dataDirectory: join(directory, "data"), env })
      const input = { password: PASSWORD, logins: [{ token: TOKEN }], note: "plain" }

      const made = yield* Effect.forEach(["leak-and-complete", "leak-and-fail", "leak-and-break"], (type) =>
        callboard.create(type, input, { maxRetries: 0 })
      )
      const refused = yield* callboard.post("/api/jobs", {
        jobType: "leak-and-fail",
        input: { ...input, extra: TOKEN }
      })
      const ended = yield* Effect.forEach(made, ({ id }) => callboard.jobEnded(id))
      const answers = (yield* Effect.forEach(made, ({ id }) => answersAbout(callboard, id))).flat()
      const tables = yield* dump(address)

      expect(ended.map(({ status }) => status)).toEqual(["completed", "failed", "failed"])
      expect(answers.some(({ text }) => text.includes("typing") || text.includes("signing in"))).toBe(true)
      expect(tables.find(({ name }) => name === "job_logs")?.text).toContain("signing in")
      expect(tables.flatMap(({ name, text }) => findIn(name, text, [...spellings, PERSON, "23125"]))).toEqual([])
      expect(answers.flatMap(({ path, text }) => findIn(path, text, [...spellings, PERSON]))).toEqual([])
      expect(findIn("the refusal", JSON.stringify(refused.body), spellings)).toEqual([])
      expect(findIn("the log", callboard.output(), [...spellings, PERSON])).toEqual([])
    }),
  LONG_MS
)
