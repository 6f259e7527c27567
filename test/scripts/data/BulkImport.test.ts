import { expect } from "bun:test"
import { Effect, Exit } from "effect"
import { SqlClient } from "effect/sql"
import { BULK_TYPE } from "../../../src/domain/BulkJobs.ts"
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

    expect(end).toMatchObject({ status: "completed", result: { rows: 5, good: 2, bad: 3, created: 0 } })
    expect(end).not.toHaveProperty("result.batchId")
    expect(yield* made).toEqual([])
    const { text } = yield* fileText(job.services, job.self, "report.csv")
    expect(text.startsWith("\uFEFFline,reason\r\n")).toBe(true)
    expect(
      text
        .slice(1)
        .split("\r\n")
        .map((line) => line.split(",")[0])
    ).toEqual(["line", "4", "5", "6", ""])
    expect(text).toContain("The row has 4 cells, the first line 3.")
    expect(text).not.toContain("free")
  })
)

inDatabase(
  "makes the good rows jobs of one batch",
  Effect.gen(function* () {
    const input = { jobType: "dish", text: MENU, mapping, labels: ["spring"] }
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

inDatabase(
  "tells a check how the file was understood, and an import only what it did not use",
  Effect.gen(function* () {
    const text =
      "Name;Cost;Remark;of;;Left out\nRisotto;1.200,50;-;a;b;c\nTea;;;;;\nSoup;3,5;;;;\nPie;4;;;;\nJam;5;;;;\n"
    const input = { jobType: "dish", text, mapping: [...mapping, { column: "Left out", field: "" }] }

    const check = yield* (yield* startJob(makeBulkImport, { ...input, dryRun: true })).run
    const real = yield* (yield* startJob(makeBulkImport, input)).run

    expect(check).toMatchObject({
      result: {
        unused: ["Remark", "of"],
        columns: [
          { column: "Name", field: "name" },
          { column: "Cost", field: "price" }
        ],
        firstRows: [
          { line: 2, input: '{"name":"Risotto","price":1200.5}' },
          { line: 4, input: '{"name":"Soup","price":3.5}' },
          { line: 5, input: '{"name":"Pie","price":4}' }
        ]
      }
    })
    expect(real).toMatchObject({ result: { created: 4, unused: ["Remark", "of"] } })
    expect(real).not.toHaveProperty("result.firstRows")
  })
)

for (const dryRun of [true, false]) {
  inDatabase(
    `says in words that no row changes many jobs, ${dryRun ? "already in a dry run" : "and makes none"}`,
    Effect.gen(function* () {
      const text = "action,filter.status[0]\nretry,failed\n"

      const end = yield* (yield* startJob(makeBulkImport, { jobType: BULK_TYPE, text, dryRun })).run

      const message = "No row can become a job that changes many jobs."
      expect(end).toMatchObject({ status: "failed", error: { code: "VALIDATION_ERROR", message } })
    })
  )
}

inDatabase(
  "calls a number bad that can be read in two ways",
  Effect.gen(function* () {
    const text = "name;price\nRisotto;1.200\nTea;2\n"

    const end = yield* (yield* startJob(makeBulkImport, { jobType: "dish", text })).run

    expect(end).toMatchObject({
      result: {
        good: 1,
        badRows: [{ line: 2, reason: expect.stringContaining("price: A number such as 1.200 can be") }]
      }
    })
  })
)

inDatabase(
  "makes no job of a file that ends within a quotation mark, however many rows are good before",
  Effect.gen(function* () {
    const good = Array.from({ length: 1_100 }, (_, index) => `Dish ${index},1\n`).join("")
    const text = `name,price\n${good}"Mario's,2\n`

    const end = yield* (yield* startJob(makeBulkImport, { jobType: "dish", text })).run

    const message = "The quotation mark that opens a cell in line 1102 is not closed."
    expect(end).toMatchObject({ status: "failed", error: { code: "VALIDATION_ERROR", message } })
    expect(yield* made).toEqual([])
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

for (const [what, input, message] of [
  ["a job type that is not there", { jobType: "soup", text: "name\nx\n" }, "There is no job type “soup”."],
  ["no column that is a field", { text: "a,b\n1,2\n" }, "No column of the file is a field of the job type."],
  [
    "two columns of one field",
    { text: "name,price,NAME\nx,1,y\n" },
    "The columns “name” and “NAME” are the same field."
  ],
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
  [
    "a file that ends within a quotation mark",
    { text: 'name,price\nx,1\n"y,2\n' },
    "The quotation mark that opens a cell in line 3 is not closed."
  ],
  ["a secret that all rows have", { text: "name,price\nx,1\n", common: { password: "hunter2" } }, SECRET]
] as const) {
  inDatabase(
    `refuses ${what}, for good`,
    Effect.gen(function* () {
      const job = yield* startJob(makeBulkImport, { jobType: "dish", ...input })

      expect(yield* job.run).toMatchObject({ status: "failed", error: { code: "VALIDATION_ERROR", message } })
      // Nothing that a retry could go on from.
      expect([...job.steps.checkpoints.keys()]).toEqual([])
    })
  )
}
