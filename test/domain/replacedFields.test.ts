import { expect, test } from "bun:test"
import { replacedFields } from "../../src/domain/replacedFields.ts"
import { MASK } from "../../src/domain/Secret.ts"

test("names what was replaced, was added or is gone, and not what is the same", () => {
  const before = { none: [], name: "Roma", bank: { iban: "a", holder: "Ada" }, tags: ["x"], note: "n" }
  const after = { none: {}, name: "Roma", bank: { iban: "b", holder: "Ada" }, tags: ["x", "y"], plan: "p" }

  expect(replacedFields({ before, after, sent: after })).toEqual(["none", "bank", "tags", "note", "plan"])
  expect(replacedFields({ before, after: structuredClone(before), sent: before })).toEqual([])
})

test("names a secret that was sent anew, and not one that was kept", () => {
  const shown = { login: { user: "ada", password: MASK } }
  const changed = (sent: object) => replacedFields({ before: shown, after: shown, sent })

  expect(changed(shown)).toEqual([])
  expect(changed({ login: { user: "ada", password: "another" } })).toEqual(["login"])
})

test("names nothing that may itself say something of somebody", () => {
  const after = { "ada@example.com": 1, ["x".repeat(61)]: 1, plain: 1 }

  expect(replacedFields({ before: {}, after, sent: after })).toEqual(["(another field)", "plain"])
})
