import { expect, test } from "bun:test"
import { findPersonal, makeRedactor } from "../../../src/domain/personal/redactPersonal.ts"
import { measureRedaction } from "../../support/measureRedaction.ts"
import { CORPUS, HARMLESS } from "../../support/personalCorpus.ts"

test("finds what is personal in the texts of many languages", () => {
  const { byKind, found, of } = measureRedaction(CORPUS)

  expect(of).toBeGreaterThan(90)
  expect(found / of).toBeGreaterThan(0.94)
  // What has a form of its own is never missed.
  for (const kind of ["email", "card", "account", "phone", "document"]) {
    expect([kind, byKind.get(kind)?.found]).toEqual([kind, byKind.get(kind)?.of])
  }
})

test("leaves dates, prices, places and ids alone", () => {
  expect(measureRedaction([...CORPUS, ...HARMLESS]).mistaken).toEqual([])
})

test("says what kind of thing stood there", () => {
  const text = "Call Mr Abara, +44 20 7946 0958, or write to a@example.org."

  expect(makeRedactor()(text)).toBe("Call Mr [name], [phone], or write to [email].")
})

test("takes out what is known to be personal, whole and in parts, however it is written", () => {
  const redact = makeRedactor(["Yewande Oyelaran-Smith", "Thorvald"])

  expect(redact("yewande met THORVALD; Oyelaran-Smith paid. Thorvaldsen is a museum.")).toBe(
    "[personal] met [personal]; [personal] paid. Thorvaldsen is a museum."
  )
})

test("does not take a number for a card or an account when its check digits are wrong", () => {
  const kinds = findPersonal("4111 1111 1111 1112 and DE89 3704 0044 0532 0130 01").map(({ kind }) => kind)

  expect(kinds).not.toContain("card")
  expect(kinds).not.toContain("account")
})

test("finds the same in a long text, and takes no long time for it", () => {
  const text = `${"The museum opens at 9:00 and costs 12 EUR.\n".repeat(2_000)}Write to late@example.org.`
  const hostile = `${"A".repeat(30_000)} ${"1-".repeat(20_000)} ${"Aa ".repeat(10_000)}`

  expect(findPersonal(text).map(({ kind, from }) => [kind, text.slice(from, from + 4)])).toEqual([["email", "late"]])
  expect(findPersonal(hostile)).toEqual([])
})
