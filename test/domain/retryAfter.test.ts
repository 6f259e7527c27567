import { expect, test } from "bun:test"
import { retryAfterMs } from "../../src/domain/retryAfter.ts"

const NOW = Date.UTC(2026, 10, 22, 7, 0, 0)

test.each([
  ["120", 120_000],
  [" 7 ", 7_000],
  ["1.5", 1_500],
  ["Sun, 22 Nov 2026 07:01:00 GMT", 60_000],
  ["Sun, 22 Nov 2026 06:00:00 GMT", 0],
  ["2026-11-22T07:01:00.000Z", 60_000]
])("reads %p", (header, ms) => {
  expect(retryAfterMs(header, NOW)).toBe(ms)
})

test.each([undefined, "", "soon", "-5", "9999999999999", "try 5", "in May", "99:99:99 GMT"])(
  "takes %p for no wish",
  (odd) => {
    expect(retryAfterMs(odd, NOW)).toBeUndefined()
  }
)
