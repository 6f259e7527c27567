import { expect } from "bun:test"
import { DateTime, Duration, Effect, Exit, Stream } from "effect"
import { SqlClient } from "effect/sql"
import type { Job } from "../../../src/domain/Job.ts"
import { toStoredError } from "../../../src/domain/JobError.ts"
import { JobQueue, type Outcome } from "../../../src/domain/JobQueue.ts"
import type { CreateJob } from "../../../src/domain/Jobs.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { makeBulkImport } from "../../../src/scripts/data/BulkImport.ts"
import type { DataServices } from "../../../src/scripts/data/DataServices.ts"
import { dataServices, dataTests, startJob } from "./dataServices.ts"

const inDatabase = dataTests()

const made = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ name: string }>`
    SELECT input_payload->>'name' AS name FROM script_jobs WHERE job_type = 'dish' AND input_payload->>'name' <> 'Self' ORDER BY id`
)

inDatabase(
  "reads an uploaded file of its own organisation, and no other",
  Effect.gen(function* () {
    const upload = (organisationId: string) =>
      Effect.gen(function* () {
        const probe = yield* startJob(makeBulkImport, { jobType: "dish", text: "x" })
        const content = Stream.make(new TextEncoder().encode("name,price\nTea,2\n"))
        const file = { name: "menu.csv", contentType: "text/csv", organisationId, createdBy: undefined }
        return yield* probe.services.uploads.put(file, content)
      })
    const own = yield* startJob(makeBulkImport, { jobType: "dish", uploadId: (yield* upload("default")).id })
    const foreign = yield* startJob(makeBulkImport, { jobType: "dish", uploadId: (yield* upload("north")).id })

    expect(yield* own.run).toMatchObject({ status: "completed", result: { created: 1 } })
    expect(yield* foreign.run).toMatchObject({
      status: "failed",
      error: { code: "VALIDATION_ERROR", message: "The uploaded file is not there, or no longer." }
    })
  })
)

const upload = (services: DataServices, text: string, name = "menu.csv") =>
  services.uploads.put(
    { name, contentType: "text/csv", organisationId: "default", createdBy: undefined },
    text === "" ? Stream.empty : Stream.make(new TextEncoder().encode(text))
  )

const MENU = "name,price\nTea,2\n"
const BROKEN = 'name,price\n"Tea,2\n'

/** An import as the queue has it, which has not run yet. */
const added = Effect.fn(function* (input: CreateJob["input"], more: Partial<CreateJob> = {}) {
  const { jobs } = yield* dataServices
  return (yield* jobs.create({ jobType: "bulk_import", input, ...more })).job
})

const settled = Effect.fn(function* (job: Job, outcome: Outcome) {
  const queue = yield* JobQueue
  for (const { id, lease } of yield* queue.claim("default", 10)) {
    // What was imported is done as well as the import itself.
    yield* queue.settle(lease, id === job.id ? outcome : { _tag: "Completed", result: { served: true } })
  }
})

const run = Effect.fn(function* (job: Job, input: unknown) {
  const end = yield* (yield* startJob(makeBulkImport, input, job)).run
  yield* settled(
    job,
    end.status === "completed"
      ? { _tag: "Completed", result: end.result }
      : { _tag: "Failed", error: toStoredError(end.error, undefined) }
  )
  return end
})

const imported = (input: CreateJob["input"]) => Effect.flatMap(added(input), (job) => run(job, input))

/** As much later as files are kept that no job waits for. */
const twoDaysLater = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE uploads SET expires_at = expires_at - interval '2 days'`
  yield* (yield* Upkeep).removeOld(Duration.days(30))
})

const filesLeft = Effect.gen(function* () {
  yield* twoDaysLater
  const sql = yield* SqlClient.SqlClient
  return (yield* sql<{ name: string }>`SELECT name FROM uploads`).map(({ name }) => name)
})

inDatabase(
  "keeps its file from a good check until its rows were imported in the same way",
  Effect.gen(function* () {
    const services = yield* dataServices
    const { id } = yield* upload(services, MENU)
    yield* upload(services, MENU, "nobody-waits.csv")
    const input = { jobType: "dish", uploadId: id, labels: ["lunch"] }
    yield* imported({ ...input, dryRun: true })
    const other = yield* imported({ ...input, common: { price: 3 } })
    const afterOther = yield* filesLeft

    const real = yield* imported({ jobType: "dish", uploadId: id })

    expect([other.status, real]).toMatchObject(["completed", { status: "completed", result: { created: 1 } }])
    expect([afterOther, yield* filesLeft]).toEqual([["menu.csv"], []])
  })
)

for (const [who, text, dryRun, status] of [
  ["a check that was refused", BROKEN, true, "failed"],
  ["a check that found no good row", "name,price\nTea,free\n", true, "completed"],
  ["an import that was refused before it made a row", BROKEN, false, "failed"]
] as const) {
  inDatabase(
    `keeps no file for ${who}`,
    Effect.gen(function* () {
      const { id } = yield* upload(yield* dataServices, text)

      expect(yield* imported({ jobType: "dish", uploadId: id, dryRun })).toMatchObject({ status })
      expect(yield* filesLeft).toEqual([])
    })
  )
}

inDatabase(
  "keeps the file of an import that has not begun",
  Effect.gen(function* () {
    const { id } = yield* upload(yield* dataServices, MENU)
    const input = { jobType: "dish", uploadId: id.toUpperCase() }
    const runAt = DateTime.add(yield* DateTime.now, { days: 3 })
    const job = yield* added(input, { runAt })
    yield* twoDaysLater

    const end = yield* (yield* startJob(makeBulkImport, input, job)).run

    expect(end).toMatchObject({ status: "completed", result: { created: 1 } })
  })
)

inDatabase(
  "keeps its file while an import may be tried again, whoever checks it meanwhile, and makes no row twice then",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const services = yield* dataServices
    const { id } = yield* upload(services, `name,price\n${"Tea,2\n".repeat(1_500)}`)
    const input = { jobType: "dish", uploadId: id }
    const job = yield* added(input)
    const first = yield* startJob(makeBulkImport, input, job)
    first.steps.cutOffAfter = "rows-1"
    expect(Exit.isFailure(yield* Effect.exit(first.attempt))).toBe(true)
    // Refused, but only after it had made rows.
    yield* settled(job, { _tag: "Failed", error: { code: "VALIDATION_ERROR", message: "Refused.", retryable: false } })
    const check = yield* added({ ...input, dryRun: true })
    yield* sql`DELETE FROM script_jobs WHERE id = ${check.id}::uuid`
    yield* twoDaysLater

    const again = yield* startJob(makeBulkImport, input, job)

    expect(yield* again.run).toMatchObject({ status: "completed", result: { created: 1_500 } })
    expect(yield* made).toHaveLength(1_500)
  })
)

inDatabase(
  "keeps a file for an import that was cancelled, until that is removed",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const services = yield* dataServices
    const job = yield* added({ jobType: "dish", uploadId: (yield* upload(services, MENU)).id })
    yield* services.jobs.cancel(job.id)
    const before = yield* filesLeft
    yield* sql`DELETE FROM script_jobs WHERE id = ${job.id}::uuid`

    expect([before, yield* filesLeft]).toEqual([["menu.csv"], []])
  })
)

inDatabase(
  "keeps no file for jobs of another organisation",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* added({ jobType: "dish", uploadId: (yield* upload(yield* dataServices, MENU)).id })
    yield* sql`UPDATE uploads SET organisation_id = 'north'`
    yield* upload(yield* dataServices, MENU, "own.csv")

    expect(yield* filesLeft).toEqual([])
  })
)

inDatabase(
  "refuses a file of nothing, but takes one without rows",
  Effect.gen(function* () {
    const services = yield* dataServices
    const nothing = yield* upload(services, "")
    const header = yield* upload(services, "name,price\r\n")

    const refused = yield* (yield* startJob(makeBulkImport, { jobType: "dish", uploadId: nothing.id })).run
    const taken = yield* (yield* startJob(makeBulkImport, { jobType: "dish", uploadId: header.id })).run

    expect(refused).toMatchObject({ status: "failed", error: { message: "The file is empty." } })
    expect(taken).toMatchObject({ status: "completed", result: { rows: 0, created: 0 } })
  })
)

inDatabase(
  "reads a file as NDJSON that is named like one",
  Effect.gen(function* () {
    const { services } = yield* startJob(makeBulkImport, { jobType: "dish", text: "x" })
    const content = Stream.make(new TextEncoder().encode('{"name":"Tea","price":2}\n{"price":2}\n'))
    const file = { name: "menu.JSONL", contentType: "text/plain", organisationId: "default", createdBy: undefined }
    const { id } = yield* services.uploads.put(file, content)

    const end = yield* (yield* startJob(makeBulkImport, { jobType: "dish", uploadId: id, dryRun: true })).run

    expect(end).toMatchObject({ result: { rows: 2, good: 1, badRows: [{ line: 2, reason: "name: is missing" }] } })
  })
)

for (const [what, bytes, isUtf8] of [
  ["windows-1252", [...new TextEncoder().encode("name,price\nCr"), 0xe8, ...new TextEncoder().encode("me,2\n")], false],
  ["UTF-16", [0xff, 0xfe, ...Buffer.from("name,price\nTea,2\n", "utf16le")], false],
  ["a letter that is cut off", [...new TextEncoder().encode("name,price\nTea,2\nCr"), 0xc3], false],
  ["UTF-8 with a mark", [0xef, 0xbb, 0xbf, ...new TextEncoder().encode("name,price\nCrème,2\n")], true]
] as const) {
  inDatabase(
    `${isUtf8 ? "takes" : "refuses"} a file in ${what}${isUtf8 ? "" : ", before any row is made"}`,
    Effect.gen(function* () {
      const { services } = yield* startJob(makeBulkImport, { jobType: "dish", text: "x" })
      const file = { name: "menu.csv", contentType: "text/csv", organisationId: "default", createdBy: undefined }
      const { id } = yield* services.uploads.put(file, Stream.make(Uint8Array.from(bytes)))

      const job = yield* startJob(makeBulkImport, { jobType: "dish", uploadId: id })
      const end = yield* job.run

      const message = "The file is not UTF-8. Save it as CSV UTF-8."
      expect(job.steps.started).toEqual(isUtf8 ? ["start", "rows-1", "report"] : ["start"])
      expect(job.steps.checkpoints.has("start")).toBe(isUtf8)
      expect(end).toMatchObject(isUtf8 ? { result: { created: 1 } } : { status: "failed", error: { message } })
      expect((yield* made).map(({ name }) => name)).toEqual(isUtf8 ? ["Crème"] : [])
    })
  )
}

inDatabase(
  "makes no row of a broken file where an older version had kept that it was opened",
  Effect.gen(function* () {
    const text = `name,price\n${"Tea,2\n".repeat(1_100)}"Soup,3\n`
    const job = yield* startJob(makeBulkImport, { jobType: "dish", text })
    job.steps.checkpoints.set("start", JSON.stringify(job.self.id))

    expect(yield* job.run).toMatchObject({ status: "failed", error: { code: "VALIDATION_ERROR" } })
    expect(yield* made).toEqual([])
  })
)
