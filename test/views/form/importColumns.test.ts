import { expect, test } from "bun:test"
import { Effect, Schema, Stream } from "effect"
import { defineJobType } from "../../../src/domain/JobType.ts"
import { Secret } from "../../../src/domain/Secret.ts"
import { makeBulkImport } from "../../../src/scripts/data/BulkImport.ts"
import { importedRows } from "../../../src/scripts/data/ImportRows.ts"
import type { ImportFormat } from "../../../src/scripts/data/records.ts"
import { importColumns } from "../../../src/views/form/importColumns.ts"
import { bodyOf, makeBoard, textOf } from "../../http/pages/testBoard.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"

const dish = defineJobType({
  name: "dish",
  title: "Add a dish",
  description: "Adds a dish.",
  lane: "default",
  input: Schema.Struct({
    name: Schema.String,
    tags: Schema.Array(Schema.String),
    price: Schema.optionalKey(Schema.Number),
    address: Schema.Struct({ city: Schema.String, zip: Schema.optionalKey(Schema.String) }),
    options: Schema.Array(Schema.Struct({ label: Schema.String })),
    token: Schema.optionalKey(Secret)
  }),
  result: Schema.Struct({}),
  steps: [],
  example: {
    name: 'Soup, "hot"',
    tags: ["Vegan", "Hot"],
    price: 4,
    address: { city: "Rome" },
    options: [{ label: "Large" }],
    token: "tok-1"
  },
  run: () => Effect.succeed({})
})

test("names what a file must and may have, and no secret", () => {
  const columns = importColumns(dish)

  expect(columns?.required).toEqual(["name", "tags", "address.city", "options"])
  expect(columns?.optional).toEqual(["price", "address.zip"])
  expect(JSON.stringify(columns)).not.toContain("tok")
})

test.each(["csv", "ndjson"] as const)(
  "gives an example of a file in %s whose row is good",
  async (format: ImportFormat) => {
    const text = importColumns(dish)![format]
    const source = { format, type: dish, mapping: [], common: {} }

    const rows = await Effect.runPromise(Stream.runCollect(importedRows(source, Stream.make(text))))

    const { token: _, ...input } = dish.example() as Record<string, unknown>
    expect([...rows].map(({ input: row, reason }) => [row, reason])).toEqual([[input, undefined]])
  }
)

test("shows the columns of the type that a link chooses, and links where none is chosen", async () => {
  const { get } = makeBoard({ fake: new FakeJobs([dish, makeBulkImport(Effect.never)]) })

  const none = await bodyOf(get("/jobs/new/bulk_import"))
  const chosen = await bodyOf(get("/jobs/new/bulk_import?jobType=dish"))

  expect(none).toContain('<a href="/jobs/new/bulk_import?jobType=dish">Add a dish</a>')
  expect(chosen).toMatch(/<option value="dish" selected/u)
  expect(await textOf(get("/jobs/new/bulk_import?jobType=dish"))).toContain(
    "Columns of every file: name, tags, address.city, options . If you like: price, address.zip"
  )
})

test("names the columns that a file may have, where it has none of them", async () => {
  const source = { format: "csv" as const, type: dish, mapping: [], common: {} }

  const refused = await Effect.runPromise(Effect.flip(Stream.runDrain(importedRows(source, Stream.make("a,b\n1,2")))))

  expect(refused.hint).toBe(
    "Its first line has to name some of these: name, tags, price, address, options. Map columns with other names."
  )
})
