import { expect } from "bun:test"
import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { missingKeys, resealOnce } from "../../../src/runtime/postgres/ResealSecrets.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { keyringOf } from "../../../src/runtime/SecretKeyring.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { scripted } from "../../support/scripts.ts"

/** The key of the tests' services. */
const OLD = Buffer.alloc(32, 7).toString("base64")
const NEW = Buffer.alloc(32, 8).toString("base64")

const inDatabase = databaseTests(scripted("log-in", () => Effect.succeed(null)))

const boxWith = (...keys: ReadonlyArray<string>) => SecretBox.layer(Redacted.make(keys.join(",")))

const storedInputs = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ id: string; inputPayload: { readonly password: unknown } }>`
    SELECT id::text AS id, input_payload FROM script_jobs UNION ALL SELECT id::text, input_payload FROM job_schedules`
)

const seed = Effect.gen(function* () {
  const jobs = yield* Jobs
  const schedules = yield* JobSchedules
  for (let number = 0; number < 3; number++) {
    const { job } = yield* jobs.create({ jobType: "log-in", input: { password: `secret ${number}`, text: "plain" } })
    if (number === 0) yield* jobs.cancel(job.id)
  }
  yield* jobs.create({ jobType: "log-in", input: { text: "no secret" } })
  const input = { password: "of a schedule" }
  yield* schedules.create({ name: "Daily", cron: "0 6 * * *", timeZone: "UTC", jobType: "log-in", input })
})

inDatabase(
  "seals all stored secrets with the new key, so that the old one can go",
  Effect.gen(function* () {
    yield* seed

    const first = yield* Effect.provide(resealOnce, boxWith(NEW, OLD))
    const second = yield* Effect.provide(resealOnce, boxWith(NEW, OLD))
    const after = Context.get(yield* Layer.build(boxWith(NEW)), SecretBox)
    const rows = (yield* storedInputs).filter(({ inputPayload }) => inputPayload.password !== undefined)
    const opened = yield* Effect.forEach(rows, ({ id, inputPayload }) => after.open(inputPayload.password, id))

    expect(first).toEqual({ resealed: 4, unopened: 0 })
    expect(second).toEqual({ resealed: 0, unopened: 0 })
    expect(opened.toSorted()).toEqual(["of a schedule", "secret 0", "secret 1", "secret 2"])
  }).pipe(Effect.scoped)
)

inDatabase(
  "names a key that is missing, by how much of what waits it sealed",
  Effect.gen(function* () {
    yield* seed
    const running = yield* (yield* JobQueue).claim("default", 1)

    const known = yield* missingKeys
    const missing = yield* Effect.provide(missingKeys, boxWith(NEW))

    expect(running).toHaveLength(1)
    expect(known).toEqual([])
    // A job that runs, one that waits, and the schedule.
    expect(missing).toEqual([{ keyId: keyringOf(OLD).first.id, count: 3 }])
  })
)

inDatabase(
  "leaves what it cannot open as it is",
  Effect.gen(function* () {
    yield* seed
    const sql = yield* SqlClient.SqlClient
    yield* sql`UPDATE script_jobs SET input_payload = replace(input_payload::text, '.', '.A')::jsonb WHERE status = 'pending'
      AND input_payload ? 'password'`
    yield* sql`UPDATE script_jobs SET input_payload = replace(input_payload::text, '"v1.A', '"v1.')::jsonb WHERE status = 'pending'`
    const before = yield* storedInputs

    const counts = yield* Effect.provide(resealOnce, boxWith(NEW, OLD))

    expect(counts).toEqual({ resealed: 2, unopened: 2 })
    const unchanged = (yield* storedInputs).filter(({ inputPayload }) =>
      before.some((row) => JSON.stringify(row.inputPayload) === JSON.stringify(inputPayload))
    )
    expect(unchanged).toHaveLength(3)
  })
)
