import { expect } from "bun:test"
import { Effect, Exit, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { makeBulkImport } from "../../../src/scripts/data/BulkImport.ts"
import { dataTests, fileText, startJob } from "./dataServices.ts"

const inDatabase = dataTests()

const made = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ name: string; price: number; batch: string | null; labels: ReadonlyArray<string> }>`
    SELECT input_payload->>'name' AS name, (input_payload->>'price')::float8 AS price, batch_id::text AS batch, labels
    FROM script_jobs WHERE input_payload->>'name' <> 'Self' ORDER BY id`
)

const MENU = 'Name;Cost;note\r\nRisotto;12,5;-\r\n"Pasta; fresh";9;\r\n;3;no name\r\nSoup;free;\r\nTea;2;;too many\r\n'

const mapping = [{ column: "Cost", field: "price" }]

inDatabase(
  "only says what is wrong with which row in a dry run",
  Effect.gen(function* () {
    const job = yield* startJob(makeBulkImport, { jobType: "dish", text: MENU, mapping, dryRun: true })

    const end = yield* job.run

    expect(end).toMatchObject({ status: "completed", result: { rows: 5, good: 1, bad: 4, created: 0 } })
    expect(end).not.toHaveProperty("result.batchId")
    expect(yield* made).toEqual([])
    const { text } = yield* fileText(job.services, job.self, "report.csv")
    expect(text.split("\r\n").map((line) => line.split(",")[0])).toEqual(["line", "2", "4", "5", "6", ""])
    expect(text).toContain("The row has 4 cells, the first line 3.")
    expect(text).not.toContain("free")
  })
)

inDatabase(
  "makes the good rows jobs of one batch",
  Effect.gen(function* () {
    const text = MENU.replace("12,5", "12.5")
    const input = { jobType: "dish", text, mapping, labels: ["spring"] }
    const job = yield* startJob(makeBulkImport, input)

    const end = yield* job.run

    const jobs = yield* made
    expect(end).toMatchObject({ result: { rows: 5, good: 2, bad: 3, created: 2, batchId: jobs[0]!.batch } })
    expect(jobs.map(({ labels, name, price }) => [name, price, labels])).toEqual([
      ["Risotto", 12.5, ["spring"]],
      ["Pasta; fresh", 9, ["spring"]]
    ])
    expect(new Set(jobs.map(({ batch }) => batch)).size).toBe(1)
  })
)

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => JSON.stringify({ name: `Dish ${index + 1}`, price: index + 1 })).join(
    "\n"
  )

for (const cut of ["before they are kept", "before they are made"] as const) {
  inDatabase(
    `goes on where it stopped, without a row twice, when it was cut off after its second thousand rows, ${cut}`,
    Effect.gen(function* () {
      const job = yield* startJob(makeBulkImport, { jobType: "dish", format: "ndjson", text: lines(2_500) })
      job.steps.cutOffAfter = cut === "before they are kept" ? "rows-2" : "rows-1"
      expect(Exit.isFailure(yield* Effect.exit(job.attempt))).toBe(true)
      const before = (yield* made).length
      job.steps.cutOffAfter = undefined

      const result = yield* job.attempt

      expect(before).toBe(cut === "before they are kept" ? 2_000 : 1_000)
      expect(result).toMatchObject({ rows: 2_500, created: 2_500, bad: 0 })
      const jobs = yield* made
      expect(jobs).toHaveLength(2_500)
      expect(new Set(jobs.map(({ name }) => name)).size).toBe(2_500)
      expect(new Set(jobs.map(({ batch }) => batch)).size).toBe(1)
    })
  )
}

inDatabase(
  "makes no row twice when it failed half-way and is started over days later, from the beginning",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const input = { jobType: "dish", format: "ndjson", text: lines(2_500) }
    const first = yield* startJob(makeBulkImport, input)
    first.steps.cutOffAfter = "rows-2"
    expect(Exit.isFailure(yield* Effect.exit(first.attempt))).toBe(true)
    const batches = new Set((yield* made).map(({ batch }) => batch))
    yield* sql`DELETE FROM idempotency_keys`

    const again = yield* startJob(makeBulkImport, input, first.self)
    const end = yield* again.run

    const jobs = yield* made
    expect(end).toMatchObject({ status: "completed", result: { created: 2_500, batchId: jobs[0]!.batch } })
    expect(jobs).toHaveLength(2_500)
    expect(new Set(jobs.map(({ batch }) => batch))).toEqual(batches)
  })
)

inDatabase(
  "refuses other rows when it is started over after it had made some",
  Effect.gen(function* () {
    const input = { jobType: "dish", format: "ndjson", text: lines(2) }
    const first = yield* startJob(makeBulkImport, input)
    yield* first.run

    const again = yield* startJob(makeBulkImport, { ...input, text: lines(3) }, first.self)

    const message = "The rows are not the same as in the try before."
    expect(yield* again.run).toMatchObject({ status: "failed", error: { message } })
    expect(yield* made).toHaveLength(2)
  })
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

const SECRET = "“password” is a secret. Files are kept in clear, so no row can have one: start these jobs one by one."

inDatabase(
  "makes no job of a line with a secret",
  Effect.gen(function* () {
    const text = '{"name":"Tea","price":2,"password":"hunter2"}\n{"name":"Soup","price":3}\n'
    const job = yield* startJob(makeBulkImport, { jobType: "dish", text, format: "ndjson" })

    const end = yield* job.run

    expect(end).toMatchObject({ result: { good: 1, badRows: [{ line: 1, reason: SECRET }] } })
    expect((yield* made).map(({ name }) => name)).toEqual(["Soup"])
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

for (const [what, input, message] of [
  ["a job type that is not there", { jobType: "soup", text: "name\nx\n" }, "There is no job type “soup”."],
  ["no column that is a field", { text: "a,b\n1,2\n" }, "No column of the file is a field of the job type."],
  ["a mapped column that is not there", { text: "name\nx\n", mapping }, "The file has no column “Cost”."],
  [
    "a mapping to no field",
    { text: "name,Cost\nx,1\n", mapping: [{ column: "Cost", field: "cost.net" }] },
    "Dish has no field “cost.net”."
  ],
  ["a column with secrets", { text: "name,price,PassWord\nx,1,hunter2\n" }, SECRET],
  [
    "a column that is mapped to a secret",
    { text: "name,price,Key\nx,1,hunter2\n", mapping: [{ column: "Key", field: "password" }] },
    SECRET
  ],
  ["a secret that all rows have", { text: "name,price\nx,1\n", common: { password: "hunter2" } }, SECRET]
] as const) {
  inDatabase(
    `refuses ${what}, for good`,
    Effect.gen(function* () {
      const job = yield* startJob(makeBulkImport, { jobType: "dish", ...input })

      expect(yield* job.run).toMatchObject({ status: "failed", error: { code: "VALIDATION_ERROR", message } })
    })
  )
}
