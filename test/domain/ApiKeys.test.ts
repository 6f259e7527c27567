import { expect, test } from "bun:test"
import { Schema } from "effect"
import { KeyName } from "../../src/domain/ApiKeys.ts"

test("gives a key a name that people can read", () => {
  const isName = Schema.is(KeyName)

  expect(["", " ", "\t\n", "x".repeat(101)].filter(isName)).toEqual([])
  expect(["A", "Ada's laptop", "x".repeat(100)].filter((name) => !isName(name))).toEqual([])
})
