import { expect, test } from "bun:test"
import { Effect, Schema, Stream } from "effect"
import { defineJobType } from "../../../src/domain/JobType.ts"
import { Secret } from "../../../src/domain/Secret.ts"
import { makeDataExport } from "../../../src/scripts/data/DataExport.ts"
import { type ImportSource, importedRows } from "../../../src/scripts/data/ImportRows.ts"

const tour = defineJobType({
  name: "tour",
  title: "Tour",
  description: "Plans a tour.",
  lane: "default",
  input: Schema.Struct({
    town: Schema.String,
    goals: Schema.optionalKey(Schema.Array(Schema.String)),
    login: Schema.optionalKey(Schema.Struct({ pin: Secret })),
    keys: Schema.optionalKey(Schema.Array(Secret)),
    notes: Schema.optionalKey(Schema.Array(Schema.Json))
  }),
  result: Schema.Null,
  steps: [],
  example: { town: "Rome" },
  run: () => Effect.succeed(null)
})

const read = (text: string, more: Partial<ImportSource> = {}) =>
  Stream.runCollect(
    importedRows({ format: "csv", type: tour, mapping: [], common: {}, ...more }, Stream.make(text))
  ).pipe(Effect.map((rows) => [...rows]))

const FAR = "“goals[300000000]”: a list has at most 1,000 items here, counted from 0."

for (const [what, text, more, message] of [
  ["a column far behind in a list", "town,goals[300000000]\nRome,x\n", {}, FAR],
  [
    "a column that is mapped there",
    "town,goal\nRome,x\n",
    { mapping: [{ column: "goal", field: "goals[300000000]" }] },
    FAR
  ],
  [
    "one item under two names",
    "town,goals[1],goals.01\nRome,x,y\n",
    {},
    "“goals[1]” and “goals.01” are the same field."
  ],
  [
    "a whole list and one of its items",
    "town,goals,goals[0]\nRome,a;b,x\n",
    {},
    "The column “goals[0]” is a part of the column “goals”."
  ],
  [
    "a part of an object before the object",
    "town,login.pin,Log In\nRome,x,{}\n",
    {},
    "The column “login.pin” is a part of the column “Log In”."
  ],
  ["a secret in a list, named with a dot", "town,keys.0\nRome,hunter2\n", {}, "“keys.0” is a secret."],
  ["a secret that is named with a bracket", "town,login[pin\nRome,hunter2\n", {}, "“login[pin” is a secret."]
] as const) {
  test(`refuses ${what}`, async () => {
    const refused = await Effect.runPromise(Effect.flip(read(text, more)))

    expect(refused.message).toContain(message)
  })
}

test("names some columns of a file that has very many", async () => {
  const header = Array.from({ length: 10_000 }, (_, index) => `c${index}${"x".repeat(50)}`).join(",")

  const refused = await Effect.runPromise(
    Effect.flip(read(`${header}\n`, { mapping: [{ column: "a", field: "town" }] }))
  )

  expect(refused.hint).toMatch(/^Its columns are: c0x+, .*, …\.$/u)
  expect(refused.hint?.length).toBeLessThan(5_000)
})

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels)

const exporting = { type: makeDataExport(Effect.never), common: { filter: { status: "failed" }, format: "csv" } }

for (const [format, text] of [
  ["csv", "of,filter.label\njobs,spring\nlogs,\n"],
  ["ndjson", '{"of":"jobs","filter":{"label":"spring"}}\n{"of":"logs"}\n']
] as const) {
  test(`adds to the objects of a row what all rows of ${format} have in them`, async () => {
    const rows = await Effect.runPromise(read(text, { format, ...exporting }))

    expect(rows.map(({ input, reason }) => [input, reason])).toEqual([
      [{ of: "jobs", format: "csv", filter: { status: "failed", label: "spring" } }, undefined],
      [{ of: "logs", format: "csv", filter: { status: "failed" } }, undefined]
    ])
  })
}

test("lets a row win where it says the same, and gives it its list whole", async () => {
  const common = { town: "Rome", goals: ["Forum", "Pantheon"], plan: { days: 3, by: { car: true } }, note: "early" }
  const row = '{"town":"Milan","goals":["Duomo"],"plan":{"days":2,"by":"train"},"note":{"late":null}}'
  const cells = "town,goals\nMilan,Duomo\n"

  const [line] = await Effect.runPromise(read(row, { format: "ndjson", common }))
  const [cell] = await Effect.runPromise(read(cells, { common }))

  expect(line?.input).toEqual({ town: "Milan", goals: ["Duomo"], plan: { days: 2, by: "train" }, note: { late: null } })
  expect(cell?.input).toEqual({ ...common, town: "Milan", goals: ["Duomo"] })
})

test("does not let what all rows have change what all objects are", async () => {
  const common = JSON.parse('{"__proto__":{"polluted":1},"town":"Rome"}')

  const [row] = await Effect.runPromise(read('{"__proto__":{"too":2}}', { format: "ndjson", common }))

  expect(Object.getPrototypeOf(row?.input)).toBe(Object.prototype)
  expect(Object.getPrototypeOf({}).polluted).toBeUndefined()
})

test("takes no whole number that would become another one", async () => {
  const rows = await Effect.runPromise(
    read('{"town":"Rome","place":9007199254740993}\n{"town":"Rome","place":"9007199254740993"}', { format: "ndjson" })
  )

  expect(rows.map((row) => row.reason?.includes("write it as a text") ?? false)).toEqual([true, false])
})

test("takes no document with more levels than the API does", async () => {
  const rows = await Effect.runPromise(
    read([201, 400_000].map((levels) => `{"town":"Rome","notes":${nested(levels)}}`).join("\n"), { format: "ndjson" })
  )
  const cells = await Effect.runPromise(read(`town,notes\nRome,${nested(400_000)}\n`))

  const reason = "Lists and objects are in more than 200 levels."
  expect(rows.map((row) => row.reason)).toEqual([reason, reason])
  expect(cells.map((row) => row.reason)).toEqual([expect.stringContaining("notes: ")])
})
