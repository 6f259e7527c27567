import { expect, test } from "bun:test"
import { failureOf } from "../../../../src/scripts/restaurant/portal/PortalAnswer.ts"

const NOW = Date.parse("2026-01-01T00:00:00Z")

const answer = (status: number, retryAfter?: string) => ({ status, path: "/practice/menu", retryAfter })

test.each([200, 204, 304, 400, 401, 409, 422])("leaves HTTP %p to the page", (status) => {
  expect(failureOf(answer(status), NOW)).toBeUndefined()
})

test.each([
  [500, "SERVICE_UNAVAILABLE"],
  [502, "SERVICE_UNAVAILABLE"],
  [503, "SERVICE_UNAVAILABLE"],
  [429, "RATE_LIMITED"]
])("can be tried again after HTTP %p", (status, code) => {
  expect(failureOf(answer(status), NOW)).toMatchObject({ _tag: "RetryableError", code })
})

test.each([
  [403, "PERMISSION_DENIED"],
  [404, "NOT_FOUND"]
])("fails for good after HTTP %p", (status, code) => {
  expect(failureOf(answer(status), NOW)).toMatchObject({ _tag: "FatalError", code })
})

test.each([
  ["7", 7_000],
  ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
  ["Wed, 31 Dec 2025 00:00:00 GMT", 0]
])("reads the Retry-After %p", (retryAfter, retryAfterMs) => {
  expect(failureOf(answer(503, retryAfter), NOW)).toMatchObject({ retryAfterMs })
})

test.each([undefined, "", "soon", "-1"])("takes the Retry-After %p for no wish", (retryAfter) => {
  expect(failureOf(answer(503, retryAfter), NOW)).not.toHaveProperty("retryAfterMs")
})
