import { expect } from "bun:test"
import { Context, Effect, Fiber, Layer, Logger, Redacted } from "effect"
import { SqlClient, Statement } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { missingKeys, reseal, resealOnce } from "../../../src/runtime/postgres/ResealSecrets.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { keyringOf } from "../../../src/runtime/SecretKeyring.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { scripted } from "../../support/scripts.ts"
import { beginByHand } from "./byHand.ts"

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

    expect(first).toEqual({ resealed: 4, unopened: 0, missed: 0 })
    expect(second).toEqual({ resealed: 0, unopened: 0, missed: 0 })
    expect(opened.toSorted()).toEqual(["of a schedule", "secret 0", "secret 1", "secret 2"])
  }).pipe(Effect.scoped)
)

inDatabase(
  "names a key that is missing, by how much of what waits it sealed",
  Effect.gen(function* () {
    yield* seed
    const running = yield* (yield* JobQueue).claim("default", 1)

    const { missing: known } = yield* missingKeys(keyringOf(OLD).ids)
    const { missing } = yield* missingKeys(keyringOf(NEW).ids)

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

    expect(counts).toEqual({ resealed: 2, unopened: 2, missed: 0 })
    const unchanged = (yield* storedInputs).filter(({ inputPayload }) =>
      before.some((row) => JSON.stringify(row.inputPayload) === JSON.stringify(inputPayload))
    )
    expect(unchanged).toHaveLength(3)
  })
)

/** As many jobs without secrets as many parts hold. */
const fill = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`
    INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms, expires_at)
    SELECT overlay(first_id_at(now() - interval '1 hour')::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid,
      'JOB_20260101_000000_' || lpad(to_hex(n), 8, '0'), 'log-in', 'default', '{}', 1, 3, 1000, now() + interval '1 day'
    FROM generate_series(1, 1700) n`
)

inDatabase(
  "looks at few rows in each statement, however many hold no secret",
  Effect.gen(function* () {
    yield* fill
    yield* seed
    const statements: Array<string> = []
    const watched = Effect.provideService(
      Effect.all([resealOnce, missingKeys([NEW, OLD].map((key) => keyringOf(key).first.id))]),
      Statement.CurrentTransformer,
      (statement) =>
        Effect.sync(() => {
          statements.push(statement.compile()[0])
          return statement
        })
    )

    const [counts, missing] = yield* Effect.provide(watched, boxWith(NEW, OLD))

    expect(counts.resealed).toBe(4)
    expect(missing).toEqual({ missing: [], isWhole: true })
    const reads = statements.filter((text) => text.includes("SELECT"))
    expect(reads.filter((text) => !text.includes("LIMIT"))).toEqual([])
    expect(reads.filter((text) => /FROM "?script_jobs"? WHERE id >/u.test(text))).toHaveLength(5)
    // What is stored is read row by row: a part of large inputs together would be too much to hold.
    expect(reads.filter((text) => /^\s*SELECT "?input_payload"? AS stored/u.test(text))).toHaveLength(4)
  })
)

inDatabase(
  "seals what schedules and webhooks hold while it cannot get at the jobs, and the jobs later",
  Effect.gen(function* () {
    yield* seed
    const sql = yield* SqlClient.SqlClient
    const oldKey = `%v1.${keyringOf(OLD).first.id}.%`
    const sealedWithOld = (table: string) =>
      sql`SELECT id FROM ${sql(table)} WHERE input_payload::text LIKE ${oldKey}`.pipe(Effect.map((rows) => rows.length))
    const byHand = yield* beginByHand
    yield* byHand.run("LOCK TABLE script_jobs IN ACCESS EXCLUSIVE MODE")
    const resealing = yield* Effect.forkScoped(Effect.provide(reseal, boxWith(NEW, OLD)))

    yield* Effect.sleep("10 millis").pipe(
      Effect.andThen(sealedWithOld("job_schedules")),
      Effect.repeat({ until: (left) => left === 0 })
    )
    yield* byHand.rollback
    yield* Fiber.join(resealing)

    expect(yield* sealedWithOld("script_jobs")).toBe(0)
  }).pipe(Effect.scoped)
)

inDatabase(
  "does not say that all is sealed with the new key while each look finds what was written with the old one",
  Effect.gen(function* () {
    yield* seed
    const sql = yield* SqlClient.SqlClient
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    yield* sql`CREATE FUNCTION seal_with_old_key() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN NEW.input_payload := OLD.input_payload; RETURN NEW; END $$`
    yield* sql`CREATE TRIGGER zz_old_process BEFORE UPDATE ON job_schedules
      FOR EACH ROW EXECUTE FUNCTION seal_with_old_key()`

    yield* reseal.pipe(
      Effect.provide([boxWith(NEW, OLD), Logger.layer([logger])]),
      Effect.ensuring(Effect.orDie(sql`DROP FUNCTION seal_with_old_key() CASCADE`))
    )

    expect(lines.filter((line) => line.includes("stored secrets"))).toEqual([
      expect.stringMatching(/^stored secrets are left/u)
    ])
  })
)
