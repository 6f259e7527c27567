import { expect, test } from "bun:test"
import fc from "fast-check"
import { redact, redactJson } from "../../src/domain/redact.ts"
import { heldOutCorpus } from "../support/heldOutCorpus.ts"
import { measureHiding, sumOf } from "../support/measureRedaction.ts"
import { harmless, knownMisses, sensitive } from "./redactionCorpus.ts"

test("it hides e-mails, phones, cards, accounts, tokens and passwords in lines of several languages", () => {
  const shown = sensitive
    .map(({ hide, text }) => ({ hide, text, after: redact(text) }))
    .filter(({ after, hide }) => hide.some((secret) => after.includes(secret)))

  expect(shown).toEqual([])
})

test("it keeps ids, numbers, times and prices of ordinary lines", () => {
  expect(harmless.map(redact)).toEqual([...harmless])
})

test("it hides what has a form in texts that its rules have not seen, and hardly anything else", () => {
  const texts = heldOutCorpus("unseen").flatMap((each) => each.texts)

  const { byKind, lookAlikes } = measureHiding(texts, redact, ["email", "phone", "card", "account"])

  const [personal, others] = [sumOf(byKind.values()), sumOf(lookAlikes.values())]
  expect([personal.of, others.of]).toEqual([69, 147])
  expect(personal.found / personal.of).toBeGreaterThanOrEqual(0.95)
  expect(others.found / others.of).toBeLessThanOrEqual(0.02)
})

test("it does not know names, addresses and spelled-out numbers", () => {
  expect(knownMisses.map(redact)).toEqual([...knownMisses])
})

test("it finds nothing more in what it has redacted", () => {
  const once = sensitive.map(({ text }) => redact(text))

  expect(once.map(redact)).toEqual(once)
})

test("it finds what stands anywhere in a longer text", () => {
  const line = fc.constantFrom(...harmless)
  const one = fc.constantFrom(...sensitive)

  fc.assert(
    fc.property(line, one, line, (before, { hide, text }, after) => {
      const shown = redact(`${before}\n${text}\n${after}`)

      // The digits of a telephone number may stand within an id, too.
      const own = hide.filter((secret) => !before.includes(secret) && !after.includes(secret))
      expect(own.filter((secret) => shown.includes(secret))).toEqual([])
    })
  )
})

test("it takes no longer for text that is made to be slow than its length explains", () => {
  const parts = ["a", "@", "a@", "1 ", "0-", "://", "x:y@", "password=", 'password:\\"', "eyJ", "DE89 ", "tel ", "\\"]
  const text = (part: string) => part.repeat(Math.ceil(200_000 / part.length))
  const hostile = parts.map(text)

  const before = performance.now()
  for (const each of hostile) redact(each)

  // Backtracking over 200,000 characters would take minutes; this takes tenths of a second.
  expect(performance.now() - before).toBeLessThan(20_000)
}, 60_000)

test("it leaves JSON its shape, and hides values by their names", () => {
  const value = {
    level: "info",
    message: [
      "mail to ada@example.com",
      { password: 'a"b\\', apiKey: 7, phone: 2025550143, count: 12, nested: [null, true] }
    ]
  }

  expect(redactJson(value)).toEqual({
    level: "info",
    message: [
      "mail to [email]",
      { password: "[secret]", apiKey: "[secret]", phone: "[phone]", count: 12, nested: [null, true] }
    ]
  })
})
