import { expect, test } from "bun:test"
import { Schema } from "effect"
import type { JsonSchemaDocument } from "../../../src/domain/Secret.ts"
import { formFields, labelOf } from "../../../src/views/form/FormFields.ts"
import { tagDishes } from "../../support/tagDishes.ts"

const fieldsOf = (schema: Schema.Codec<unknown, unknown>) =>
  formFields(Schema.toJsonSchemaDocument(schema) as JsonSchemaDocument)

test("asks for each property in a box of its kind", () => {
  const kinds = formFields(tagDishes.inputSchema)?.map(({ key, kind, required }) => [key, kind, required])

  expect(kinds).toEqual([
    ["portal", "group", true],
    ["restaurantId", "text", true],
    ["dishes", "list", true],
    ["overwrite", "switch", true],
    ["limit", "number", false],
    ["pace", "choice", false],
    ["extra", "json", false]
  ])
})

test("finds secrets, lines and limits inside groups and lists", () => {
  const [portal, , dishes, , limit] = formFields(tagDishes.inputSchema) ?? []

  expect(portal).toMatchObject({ fields: [{ kind: "text" }, { kind: "secret" }] })
  expect(dishes).toMatchObject({ fields: [{ kind: "text" }, { kind: "lines" }] })
  expect(limit).toMatchObject({ whole: true, minimum: 1, maximum: 9 })
})

test("follows references, takes words from annotations, and sees through null and infinity", () => {
  const Address = Schema.Struct({ city: Schema.String }).annotate({ identifier: "Address" })
  const fields = fieldsOf(
    Schema.Struct({
      address: Address,
      rate: Schema.Number,
      note: Schema.NullOr(Schema.String),
      link: Schema.String.annotate({ title: "Web address", description: "Starts with https.", format: "uri" })
    })
  )

  expect(fields).toMatchObject([
    { kind: "group", fields: [{ key: "city" }] },
    { kind: "number", whole: false },
    { kind: "text" },
    { kind: "text", inputType: "url", label: "Web address", hint: "Starts with https." }
  ])
})

test("gives texts of several lines a box of several lines", () => {
  const note = Schema.String.check(Schema.isMaxLength(500)).annotate({ format: "textarea" })

  expect(fieldsOf(Schema.Struct({ note }))).toMatchObject([{ kind: "textarea", maxLength: 500 }])
})

test("leaves to JSON what it cannot draw", () => {
  const either = Schema.Union([Schema.Struct({ a: Schema.String }), Schema.Struct({ b: Schema.Int })])

  expect(fieldsOf(Schema.Struct({ either, numbers: Schema.Array(Schema.Int) }))).toMatchObject([
    { kind: "json" },
    { kind: "json" }
  ])
  expect(fieldsOf(Schema.Array(Schema.String))).toBeUndefined()
})

test("makes labels of keys", () => {
  expect(["restaurantId", "api-key", "max_price"].map(labelOf)).toEqual(["Restaurant id", "Api key", "Max price"])
})
