import { expect, test } from "bun:test"
import { redactCredentials } from "../../../src/domain/redact.ts"
import { keptText, LONGEST_TRANSCRIPT, MARGIN } from "../../../src/runtime/ai/keptText.ts"

test("looks through what is kept, and not through megabytes behind it", () => {
  const seen: Array<number> = []
  const kept = keptText((text) => {
    seen.push(text.length)
    return text
  })("x".repeat(5_000_000))

  expect(seen).toEqual([LONGEST_TRANSCRIPT + MARGIN])
  expect(kept).toHaveLength(LONGEST_TRANSCRIPT)
})

test("keeps no half of a secret, wherever the text is cut and however much is taken out before", () => {
  const token = `sk-${"a1".repeat(20)}`
  const many = `${token} `.repeat(1_000)
  const text = `${many}${"x ".repeat(10_000)}`
  const around = (at: number) => `${text.slice(0, at - 8)} ${token} end`

  for (const at of [LONGEST_TRANSCRIPT, LONGEST_TRANSCRIPT + MARGIN]) {
    expect(keptText(redactCredentials)(around(at) + " x".repeat(10_000))).not.toContain("sk-")
  }
})

test("keeps a short text as it is, without what no database takes", () => {
  expect(keptText((text) => text)("Soup\0 of the day \ud83d")).toBe("Soup of the day \ufffd")
})
