import { expect, test } from "bun:test"
import { Duration, Effect, Exit, Option } from "effect"
import { SqlClient } from "effect/sql"
import { makeCsvReader } from "../../../src/domain/csv.ts"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { makeBulkImport } from "../../../src/scripts/data/BulkImport.ts"
import { makeDataExport } from "../../../src/scripts/data/DataExport.ts"
import { dataServices, dataTests, fileText, startJob } from "./dataServices.ts"

const inDatabase = dataTests()

/** Finished jobs with a result that holds a secret, a log line each, and a foreign one between them. */
const seed = (count: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { jobs } = yield* dataServices
    for (let from = 0; from < count; from += 1_000) {
      const size = Math.min(1_000, count - from)
      yield* jobs.createBatch(
        Array.from({ length: size }, (_, index) => ({
          jobType: "dish",
          input: { name: `Dish ${from + index}`, price: 1 },
          clientRef: index % 2 === 0 ? `=ref-${from + index}` : `ref, "${from + index}"`
        }))
      )
    }
    yield* sql`INSERT INTO job_logs (job_id, attempt, at, level, message)
      SELECT id, 1, now(), 'info', 'cooked ' || client_ref FROM script_jobs ORDER BY id`
    const { job: foreign } = yield* jobs.create({ jobType: "dish", input: { name: "Foreign", price: 1 } })
    yield* sql`UPDATE script_jobs SET organisation_id = 'north' WHERE id = ${foreign.id}::uuid`
    yield* sql`INSERT INTO job_logs (job_id, attempt, at, level, message) VALUES (${foreign.id}::uuid, 1, now(), 'info', 'foreign')`
  })

const table = (text: string) => {
  const reader = makeCsvReader()
  return [...reader.push(text), ...reader.end()].map(({ cells }) => cells)
}

inDatabase(
  "writes the organisation's jobs that were there when it started, with rows and hash",
  Effect.gen(function* () {
    yield* seed(5)
    const job = yield* startJob(makeDataExport, {
      of: "jobs",
      format: "csv",
      filter: { status: "pending", createdAfter: "2026-01-01" }
    })

    const end = yield* job.run

    const { artifact, bytes, text } = yield* fileText(job.services, job.self, "jobs.csv")
    const [head, ...rows] = table(text)
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    expect(head?.slice(0, 4)).toEqual(["id", "jobId", "jobType", "status"])
    expect(rows.map((row) => row[head!.indexOf("clientRef")])).toEqual([
      "'=ref-0",
      'ref, "1"',
      "'=ref-2",
      'ref, "3"',
      "'=ref-4"
    ])
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex")
    expect(end).toMatchObject({ result: { file: "jobs.csv", rows: 5, bytes: bytes.length, sha256 } })
    expect(artifact.sha256).toBe(sha256)
    expect((yield* job.services.artifacts.list(job.self.id)).map(({ name }) => String(name))).toEqual(["jobs.csv"])
  })
)

inDatabase(
  "writes logs, and results without their secrets, as a JSON document a line",
  Effect.gen(function* () {
    yield* seed(2)
    const queue = yield* JobQueue
    for (const { lease } of yield* queue.claim("default", 10)) {
      yield* queue.settle(lease, { _tag: "Completed", result: { served: true, key: "sk-live-1" } })
    }
    const results = yield* startJob(makeDataExport, { of: "results", format: "ndjson" })
    const logs = yield* startJob(makeDataExport, { of: "logs", format: "ndjson", filter: { jobType: "dish" } })
    yield* results.run
    yield* logs.run

    const written = yield* fileText(results.services, results.self, "results.ndjson")
    const lines = yield* fileText(logs.services, logs.self, "logs.ndjson")

    expect(written.text).not.toContain("sk-live-1")
    expect(
      written.text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(JSON.parse(line).result))
    ).toEqual([
      { served: true, key: "••••" },
      { served: true, key: "••••" }
    ])
    expect(
      lines.text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).message)
    ).toEqual(["cooked =ref-0", 'cooked ref, "1"'])
  })
)

inDatabase(
  "writes only the part that is missing when it was cut off, and every row once",
  Effect.gen(function* () {
    yield* seed(25)
    const job = yield* startJob((later) => makeDataExport(later, 10), { of: "jobs", format: "csv" })
    job.steps.cutOffAfter = "write-2"
    expect(Exit.isFailure(yield* Effect.exit(job.attempt))).toBe(true)
    job.steps.cutOffAfter = undefined

    const result = yield* job.attempt

    expect(result).toMatchObject({ rows: 25 })
    expect(job.steps.started).toEqual(["write-1", "write-2", "write-2", "write-3", "join"])
    const { text } = yield* fileText(job.services, job.self, "jobs.csv")
    expect(new Set(table(text).map(([id]) => id)).size).toBe(26)
  })
)

inDatabase(
  "can be imported as it was exported, in whichever letters",
  Effect.gen(function* () {
    yield* seed(3)
    const sql = yield* SqlClient.SqlClient
    yield* sql`UPDATE script_jobs SET client_ref = 'Müllers Küche' WHERE client_ref IS NOT NULL`
    const job = yield* startJob(makeDataExport, { of: "jobs", format: "csv" })
    yield* job.run
    const { read } = yield* job.services.artifacts.find(job.self.id, "jobs.csv")
    const file = { name: "jobs.csv", contentType: "text/csv", organisationId: "default", createdBy: undefined }
    const { id: uploadId } = yield* job.services.uploads.put(file, yield* read())
    const mapping = [{ column: "clientRef", field: "name" }]
    const input = { jobType: "dish", uploadId, mapping, common: { price: 1 }, dryRun: true }

    const check = yield* (yield* startJob(makeBulkImport, input)).run

    const firstRows = [2, 3, 4].map((line) => ({ line, input: '{"price":1,"name":"Müllers Küche"}' }))
    expect(check).toMatchObject({ result: { good: 3, unused: expect.arrayContaining(["id", "jobId"]), firstRows } })
  })
)

test.each([
  ["2026-05-31", true],
  ["2026-05-31T09:30Z", true],
  ["2026-05-31T09:30:00+02:00", true],
  ["2026-05-31T09:30", false],
  ["2026-05-31T09:30:00", false],
  ["2026-02-30", false],
  ["2026-02-31T10:00:00Z", false],
  ["2026-05-31 and more", false]
])("takes %p for a time: %p", async (createdAfter, isTaken) => {
  const input = { of: "jobs", format: "csv", filter: { createdAfter } }

  const parsed = await Effect.runPromiseExit(makeDataExport(Effect.never).parseInput(input))

  expect(Exit.isSuccess(parsed)).toBe(isTaken)
})

inDatabase(
  "exports from midnight in UTC, or from the moment that is given with its zone",
  Effect.gen(function* () {
    yield* seed(2)
    const sql = yield* SqlClient.SqlClient
    yield* sql`UPDATE script_jobs SET created_at = '2026-05-31T08:00:00Z' WHERE client_ref = '=ref-0'`
    const rowsFrom = (createdAfter: string) =>
      Effect.gen(function* () {
        const job = yield* startJob(makeDataExport, {
          of: "jobs",
          format: "csv",
          filter: { createdAfter, createdBefore: "2026-06-01" }
        })
        return yield* job.run
      })

    expect(yield* rowsFrom("2026-05-31")).toMatchObject({ result: { rows: 1 } })
    expect(yield* rowsFrom("2026-05-31T09:30+02:00")).toMatchObject({ result: { rows: 1 } })
    expect(yield* rowsFrom("2026-05-31T09:30:00Z")).toMatchObject({ result: { rows: 0 } })
  })
)

inDatabase(
  "is gone when its time is over",
  Effect.gen(function* () {
    yield* seed(1)
    const sql = yield* SqlClient.SqlClient
    const job = yield* startJob(makeDataExport, { of: "jobs", format: "csv", expiresInHours: 1 })
    yield* job.run
    yield* sql`UPDATE job_artifacts SET expires_at = expires_at - interval '61 minutes'`

    const found = yield* Effect.option(job.services.artifacts.find(job.self.id, "jobs.csv"))
    yield* (yield* Upkeep).removeOld(Duration.days(30))

    expect(Option.isNone(found)).toBe(true)
    expect(yield* sql`SELECT FROM job_artifacts`).toEqual([])
    expect(yield* sql`SELECT FROM artifact_leftovers WHERE remove_after <= now()`).not.toEqual([])
  })
)
