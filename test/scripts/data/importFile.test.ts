import { expect } from "bun:test"
import { Duration, Effect, Exit, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { makeBulkImport } from "../../../src/scripts/data/BulkImport.ts"
import type { DataServices } from "../../../src/scripts/data/DataServices.ts"
import { dataServices, dataTests, startJob } from "./dataServices.ts"

const inDatabase = dataTests()

const made = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ name: string }>`
    SELECT input_payload->>'name' AS name FROM script_jobs WHERE input_payload->>'name' <> 'Self' ORDER BY id`
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

const runCheck = Effect.gen(function* () {
  const { id } = yield* upload(yield* dataServices, "name,price\nTea,2\n")
  const check = yield* startJob(makeBulkImport, { jobType: "dish", uploadId: id, dryRun: true })
  yield* check.run
  return { check, id }
})

/** As much later as files are kept that no job waits for. */
const twoDaysLater = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE uploads SET expires_at = expires_at - interval '2 days'`
  yield* (yield* Upkeep).removeOld(Duration.days(30))
})

const filesLeft = Effect.flatMap(SqlClient.SqlClient, (sql) => sql<{ name: string }>`SELECT name FROM uploads`)

/** What was imported is done as well as the job itself. */
const completeAll = Effect.gen(function* () {
  const queue = yield* JobQueue
  for (const { lease } of yield* queue.claim("default", 10)) {
    yield* queue.settle(lease, { _tag: "Completed", result: { served: true } })
  }
})

inDatabase(
  "keeps its file as long as a check is there, so that its import is started days later",
  Effect.gen(function* () {
    const { check, id } = yield* runCheck
    yield* upload(check.services, "name,price\nTea,2\n", "nobody-waits.csv")
    yield* completeAll
    yield* twoDaysLater

    const real = yield* startJob(makeBulkImport, { jobType: "dish", uploadId: id })

    expect(yield* filesLeft).toEqual([{ name: "menu.csv" }])
    expect(yield* real.run).toMatchObject({ status: "completed", result: { created: 1 } })
    yield* completeAll
    yield* twoDaysLater
    expect(yield* filesLeft).toEqual([])
  })
)

inDatabase(
  "keeps its file while an import may be tried again, and makes no row twice then",
  Effect.gen(function* () {
    const services = yield* dataServices
    const { id } = yield* upload(services, `name,price\n${"Tea,2\n".repeat(1_500)}`)
    const input = { jobType: "dish", uploadId: id }
    const first = yield* startJob(makeBulkImport, input)
    first.steps.cutOffAfter = "rows-1"
    expect(Exit.isFailure(yield* Effect.exit(first.attempt))).toBe(true)
    yield* twoDaysLater

    const again = yield* startJob(makeBulkImport, input, first.self)

    expect(yield* again.run).toMatchObject({ status: "completed", result: { created: 1_500 } })
    expect(yield* made).toHaveLength(1_500)
  })
)

inDatabase(
  "keeps no file of a job that was removed",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { check } = yield* runCheck
    yield* sql`DELETE FROM script_jobs WHERE id = ${check.self.id}::uuid`
    yield* twoDaysLater

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

      const end = yield* (yield* startJob(makeBulkImport, { jobType: "dish", uploadId: id })).run

      const message = "The file is not UTF-8. Save it as CSV UTF-8."
      expect(end).toMatchObject(isUtf8 ? { result: { created: 1 } } : { status: "failed", error: { message } })
      expect((yield* made).map(({ name }) => name)).toEqual(isUtf8 ? ["Crème"] : [])
    })
  )
}
