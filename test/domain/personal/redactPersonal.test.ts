import { expect, test } from "bun:test"
import { findPersonal, makeRedactor } from "../../../src/domain/personal/redactPersonal.ts"
import { heldOutCorpus } from "../../support/heldOutCorpus.ts"
import { FORMATTED, measureRedaction, sumOf } from "../../support/measureRedaction.ts"
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

test("finds what is personal in texts that its rules have not seen, and takes hardly anything else", () => {
  const { byKind, lookAlikes } = measureRedaction(heldOutCorpus("unseen").flatMap(({ texts }) => texts))
  const withForm = sumOf(FORMATTED.map((kind) => byKind.get(kind)!))
  const others = sumOf(lookAlikes.values())
  const share = (kind: string) => byKind.get(kind)!.found / byKind.get(kind)!.of

  expect([withForm.of, others.of]).toEqual([85, 147])
  expect(withForm.found / withForm.of).toBeGreaterThanOrEqual(0.95)
  expect(FORMATTED.filter((kind) => share(kind) < 0.9)).toEqual([])
  expect(share("name")).toBeGreaterThanOrEqual(0.9)
  expect(share("address")).toBeGreaterThanOrEqual(0.9)
  expect(others.found / others.of).toBeLessThanOrEqual(0.02)
})

test("knows somebody again who was introduced once, or whose address names them", () => {
  const text =
    "I am travelling with Yewande Oyelaran. Oyelaran pays; write to j.brennekamp@example.org, Brennekamp said."

  expect(makeRedactor()(text)).toBe("I am travelling with [name]. [name] pays; write to [email], [name] said.")
})

test("takes the number of a thing, a date or a house that is called after somebody for nobody", () => {
  const text = "Order no. 009-771-2045 of 03/09/2027 10:30, passport desk of Trattoria Maria, id 127.0.0.1"

  expect(findPersonal(text)).toEqual([])
})

for (const [text, shown] of [
  ["order +49 151 23456789", "order [phone]"],
  ["Buchung Nr. +43 660 1234567", "Buchung Nr. [phone]"],
  ["We sat in the bar Anna Mueller paid", "We sat in the bar [name] paid"],
  ["Lunch at Bar Anna Mueller", "Lunch at Bar Anna Mueller"],
  ["The visa costs 120 EUR", "The visa costs 120 EUR"],
  ["Visa: 120.000 €, passport 120 000 kr", "Visa: 120.000 €, passport 120 000 kr"],
  ["passport C01X00T47", "passport [document]"]
] as const) {
  test(`makes “${shown}” of “${text}”`, () => {
    expect(makeRedactor()(text)).toBe(shown)
  })
}

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
  // Cues without an end: what is found in them is no matter here, only that it is found soon.
  for (const cue of ["guest: Aa Bb, ", "meet Aa and ", "passport A ", "phone (1 ", "Aa Bb, ", "12-12-12 Aa, "]) {
    const before = performance.now()
    findPersonal(cue.repeat(5_000))
    expect(performance.now() - before).toBeLessThan(10_000)
  }
})
