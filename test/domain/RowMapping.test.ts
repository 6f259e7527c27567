import { expect, test } from "bun:test"
import { Schema } from "effect"
import { fieldsOf, hasField, makeRowReader, placeProblem } from "../../src/domain/RowMapping.ts"
import type { JsonSchemaDocument } from "../../src/domain/Secret.ts"

const document = Schema.toJsonSchemaDocument(
  Schema.Struct({
    restaurantId: Schema.String,
    seats: Schema.optionalKey(Schema.Int),
    price: Schema.optionalKey(Schema.Finite),
    open: Schema.optionalKey(Schema.Boolean),
    names: Schema.optionalKey(Schema.Array(Schema.String)),
    ids: Schema.optionalKey(Schema.Array(Schema.Int)),
    prices: Schema.optionalKey(Schema.Array(Schema.Finite)),
    flags: Schema.optionalKey(Schema.Array(Schema.Boolean)),
    code: Schema.optionalKey(Schema.Union([Schema.String, Schema.Finite])),
    codes: Schema.optionalKey(Schema.Array(Schema.Union([Schema.String, Schema.Finite]))),
    address: Schema.optionalKey(Schema.Struct({ city: Schema.String, zip: Schema.optionalKey(Schema.String) })),
    tags: Schema.optionalKey(Schema.Array(Schema.Struct({ name: Schema.String })))
  })
) as JsonSchemaDocument

type Row = Readonly<Record<string, string>>

const readRow = (row: Row, delimiter = ",") =>
  makeRowReader(document, fieldsOf(document, Object.keys(row), []), delimiter)(Object.values(row))

const inputFor = (row: Row, delimiter?: string) => {
  const read = readRow(row, delimiter)
  return "input" in read ? read.input : undefined
}

test("puts each cell into the field of its column, as the field's type", () => {
  const row = {
    restaurantId: "0042",
    seats: "12",
    open: "yes",
    names: "Ana; Bo",
    "address.city": "Rome",
    "tags[0].name": "Hot"
  }

  expect(inputFor(row)).toEqual({
    restaurantId: "0042",
    seats: 12,
    open: true,
    names: ["Ana", "Bo"],
    address: { city: "Rome" },
    tags: [{ name: "Hot" }]
  })
})

test("finds a field by another spelling of its name, by the mapping, or not at all", () => {
  expect(
    fieldsOf(
      document,
      ["Restaurant ID", "Town", "seats", "Remark"],
      [
        { column: "Town", field: "address.city" },
        { column: "seats", field: "" }
      ]
    )
  ).toEqual(["restaurantId", "address.city", undefined, undefined])
})

test("leaves empty cells out and what does not fit as it is", () => {
  expect(inputFor({ restaurantId: "r", seats: "many", open: "", address: '{"city":"Rome"}', names: "[1" })).toEqual({
    restaurantId: "r",
    seats: "many",
    address: { city: "Rome" },
    names: "[1"
  })
})

test("leaves whole numbers that would be rounded as they are", () => {
  const row = { seats: "9007199254740993", address: '{"city":9007199254740993}' }

  expect(inputFor(row)).toEqual(row)
  expect(inputFor({ seats: "9.007.199.254.740.993" }, ";")).toEqual({ seats: "9.007.199.254.740.993" })
  expect(inputFor({ seats: "9007199254740991" })).toEqual({ seats: 9007199254740991 })
})

test("knows which fields there are", () => {
  expect(
    ["address.zip", "tags[3].name", "names", "address.street", "nothing", "", "."].map((path) =>
      hasField(document, path)
    )
  ).toEqual([true, true, true, false, false, false, false])
})

test("does not let a column change what all objects are", () => {
  makeRowReader(document, ["__proto__.polluted"], ",")(["yes"])

  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  expect(["__proto__", "constructor", "address.toString"].map((path) => hasField(document, path))).toEqual([
    false,
    false,
    false
  ])
})

test("closes the gaps that empty cells leave in a list", () => {
  expect(
    inputFor({
      restaurantId: "r",
      "names[2]": "Cy",
      "names[0]": "",
      "names[1]": "Bo",
      "tags[0].name": "",
      "tags[5].name": "Hot"
    })
  ).toEqual({ restaurantId: "r", names: ["Bo", "Cy"], tags: [{ name: "Hot" }] })
})

test("makes a list no longer than the cells that fill it", () => {
  expect(inputFor({ "names[4000000000]": "Ana", "tags[300000000].name": "Hot" })).toEqual({
    names: ["Ana"],
    tags: [{ name: "Hot" }]
  })
})

test("says that a list has not so many items, however its place is written", () => {
  expect(["names[999]", "names[1000]", "tags.4000000000.name"].map((path) => placeProblem(path))).toEqual([
    undefined,
    "“names[1000]”: a list has at most 1,000 items here, counted from 0.",
    "“tags.4000000000.name”: a list has at most 1,000 items here, counted from 0."
  ])
})

interface Tree {
  readonly left?: Tree
  readonly right?: Tree
}
const Tree: Schema.Codec<Tree> = Schema.Struct({
  left: Schema.optionalKey(Schema.suspend((): Schema.Codec<Tree> => Tree)),
  right: Schema.optionalKey(Schema.suspend((): Schema.Codec<Tree> => Tree))
}).annotate({ identifier: "Tree" })

test("knows no field that lies too deep in a schema that holds itself", () => {
  const tree = Schema.toJsonSchemaDocument(Tree) as JsonSchemaDocument

  const [shallow, deep] = [4, 100_000].map((levels) => hasField(tree, Array(levels).fill("left").join(".")))

  expect([shallow, deep]).toEqual([true, false])
})

test("reads the items of a list as the types of the list, and parts them at semicolons only", () => {
  expect(inputFor({ ids: "1; 2;3", flags: "yes;no;1", names: "Fish | Chips;Pizza;7" })).toEqual({
    ids: [1, 2, 3],
    flags: [true, false, true],
    names: ["Fish | Chips", "Pizza", "7"]
  })
  expect(inputFor({ ids: "5", flags: "no", prices: "[1.200]" }, ";")).toEqual({
    ids: [5],
    flags: [false],
    prices: [1.2]
  })
  expect(inputFor({ prices: "1,5;1.200,50" }, ";")).toEqual({ prices: [1.5, 1200.5] })
  expect(inputFor({ ids: "1;many;9007199254740993" })).toEqual({ ids: [1, "many", "9007199254740993"] })
})

test("keeps the zeros of what may be a text", () => {
  expect(inputFor({ code: "01234", codes: "01234;1234;1.50", seats: "012" })).toEqual({
    code: "01234",
    codes: ["01234", 1234, "1.50"],
    seats: 12
  })
  expect([inputFor({ code: "1234" }), inputFor({ code: "-0" })]).toEqual([{ code: 1234 }, { code: "-0" }])
})

const NINES = "9".repeat(400)

const DECIMALS = [
  ["1200", 1200, 1200, 1200],
  [" -12.5 ", -12.5, -12.5, -12.5],
  ["12,5", "12,5", 12.5, 12.5],
  ["1.200", 1.2, undefined, undefined],
  ["1,200", "1,200", 1.2, undefined],
  ["0.125", 0.125, 0.125, 0.125],
  ["1.200,50", "1.200,50", 1200.5, 1200.5],
  ["1.200.000", "1.200.000", 1_200_000, 1_200_000],
  ["0.125,5", "0.125,5", "0.125,5", "0.125,5"],
  ["1,200.50", "1,200.50", "1,200.50", "1,200.50"],
  ["0x3", "0x3", "0x3", "0x3"],
  ["1e3", "1e3", "1e3", "1e3"],
  ["Infinity", "Infinity", "Infinity", "Infinity"],
  [NINES, NINES, NINES, NINES]
] as const

test.each(DECIMALS)("reads %p as its sheet means it, or not at all", (text, comma, semicolon, tab) => {
  const price = (delimiter: string) => (inputFor({ price: text }, delimiter) as { price: unknown } | undefined)?.price

  expect([price(","), price(";"), price("\t")]).toEqual([comma, semicolon, tab])
})

test("says how to write a number that can be read in two ways, without quoting it", () => {
  const why = "A number such as 1.200 can be 1200 or 1.2. Write it in one of these ways"

  expect(readRow({ price: "3.750" }, ";")).toEqual({ problem: `price: ${why}` })
  expect(readRow({ prices: "2;3.750" }, ";")).toEqual({ problem: `prices: ${why}` })
})
