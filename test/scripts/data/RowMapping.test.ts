import { expect, test } from "bun:test"
import { Schema } from "effect"
import type { JsonSchemaDocument } from "../../../src/domain/Secret.ts"
import { fieldsOf, hasField, inputOf } from "../../../src/scripts/data/RowMapping.ts"

const document = Schema.toJsonSchemaDocument(
  Schema.Struct({
    restaurantId: Schema.String,
    seats: Schema.optionalKey(Schema.Int),
    open: Schema.optionalKey(Schema.Boolean),
    names: Schema.optionalKey(Schema.Array(Schema.String)),
    address: Schema.optionalKey(Schema.Struct({ city: Schema.String, zip: Schema.optionalKey(Schema.String) })),
    tags: Schema.optionalKey(Schema.Array(Schema.Struct({ name: Schema.String })))
  })
) as JsonSchemaDocument

const inputFor = (row: Readonly<Record<string, string>>, mapping: Parameters<typeof fieldsOf>[2] = []) =>
  inputOf(document, fieldsOf(document, Object.keys(row), mapping), Object.values(row))

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

test("knows which fields there are", () => {
  expect(
    ["address.zip", "tags[3].name", "names", "address.street", "nothing"].map((path) => hasField(document, path))
  ).toEqual([true, true, true, false, false])
})

test("does not let a column change what all objects are", () => {
  inputOf(document, ["__proto__.polluted"], ["yes"])

  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})
