import { expect, test } from "bun:test"
import { Schema } from "effect"
import { type JsonSchemaDocument, keepMasked, MASK, mapSecrets, Secret } from "../../src/domain/Secret.ts"

const Account = Schema.Struct({ name: Schema.String, password: Secret })
const documentOf = (schema: Schema.Top) => Schema.toJsonSchemaDocument(schema) as JsonSchemaDocument

const single = documentOf(Schema.Struct({ account: Account, note: Schema.optionalKey(Schema.String) }))
const list = documentOf(Schema.Struct({ accounts: Schema.Array(Account) }))
const record = documentOf(Schema.Record(Schema.String, Secret))

const seal = (secret: unknown) => ({ sealed: secret })
const account = (name: string, password: unknown) => ({ name, password })

test("masks secrets wherever they stand, and nothing else", () => {
  const value = { account: account("ada", "a-secret"), note: "a-secret is not secret here" }

  expect(mapSecrets(single, value, () => MASK)).toEqual({ ...value, account: account("ada", MASK) })
})

test("keeps a masked secret of a plain field, and seals what was typed", () => {
  const stored = { account: account("ada", "stored") }

  expect(keepMasked(single, { account: account("eve", MASK) }, stored, seal)).toEqual({
    account: account("eve", "stored")
  })
  expect(keepMasked(single, { account: account("ada", "new") }, stored, seal)).toEqual({
    account: account("ada", seal("new"))
  })
})

test("gives a mask for which nothing is stored to the sealer, with its place", () => {
  const places: Array<ReadonlyArray<string | number>> = []
  const refuse = (secret: unknown, path: ReadonlyArray<string | number>) => {
    places.push(path)
    return secret
  }

  keepMasked(single, { account: account("ada", MASK) }, {}, refuse)
  keepMasked(record, { constructor: MASK, toString: MASK }, { other: "stored" }, refuse)

  expect(places).toEqual([["account", "password"], ["constructor"], ["toString"]])
})

for (const [what, sent, kept] of [
  ["as it was", ["ada", "bob"], ["a", "b"]],
  ["with one more", ["ada", "bob", "eve"], ["a", "b", seal(MASK)]],
  ["without its first", ["bob"], [seal(MASK)]],
  ["in another order", ["bob", "ada"], [seal(MASK), seal(MASK)]],
  ["with another name", ["ada", "eve"], ["a", seal(MASK)]]
] as const) {
  test(`keeps the secrets of a list ${what} where they belong`, () => {
    // Keys come back from the database in another order.
    const stored = {
      accounts: [
        { password: "a", name: "ada" },
        { password: "b", name: "bob" }
      ]
    }

    const input = { accounts: sent.map((name) => account(name, MASK)) }

    expect(keepMasked(list, input, stored, seal)).toEqual({
      accounts: sent.map((name, index) => account(name, kept[index]))
    })
  })
}
