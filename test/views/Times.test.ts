import { expect, test } from "bun:test"
import { dueText, durationText, lengthText, relativeText, timeText } from "../../src/views/Times.ts"

const now = Date.parse("2026-11-24T06:00:00Z")
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

test.each([
  [0, "< 0.1 s"],
  [99, "< 0.1 s"],
  [100, "0.1 s"],
  [400, "0.4 s"],
  [999.9, "0.9 s"],
  [1_000, "1 s"],
  [-5, "< 0.1 s"],
  [11_900, "11 s"],
  [62_000, "1 m 02 s"],
  [80_000, "1 m 20 s"],
  [2 * HOUR + 5 * MINUTE, "2 h 05 m"],
  [76 * HOUR, "3 d 4 h"]
])("writes %d ms as %s", (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test.each([
  [10 * MINUTE, "10 m"],
  [90 * SECOND, "1 m 30 s"],
  [24 * HOUR, "1 d"]
])("writes a chosen length of %d ms as %s", (ms, text) => {
  expect(lengthText(ms)).toBe(text)
})

test.each([
  [-20 * SECOND, "just now"],
  [-12 * MINUTE, "12 min ago"],
  [-3 * HOUR, "3 h ago"],
  [40 * SECOND, "in 40 s"],
  [5 * MINUTE, "in 5 min"],
  [24 * HOUR, "Wed 25 Nov, 06:00 UTC"],
  [-24 * HOUR, "Mon 23 Nov, 06:00 UTC"],
  [-365 * 24 * HOUR, "Mon 24 Nov 2025, 06:00 UTC"]
])("writes a time %d ms away as %s", (distance, text) => {
  expect(relativeText(now + distance, now)).toBe(text)
})

test("never puts something that is still to start into the past", () => {
  expect(dueText(now, now)).toBe("any moment now")
  expect(dueText(now - HOUR, now)).toBe("any moment now")
  expect(dueText(now + HOUR, now)).toBe("in 1 h")
})

test("says how much time is left, and when none is", () => {
  expect(timeText("left", now + 252_000, now)).toBe("4 m 12 s left to answer")
  expect(timeText("left", now, now)).toBe("time is up")
})

test("tells times in the zone of the reader, with the name of the zone", () => {
  const summer = Date.parse("2026-07-06T04:00:30Z")

  expect(timeText("relative", summer, now, "Europe/Rome")).toBe("Mon 6 Jul, 06:00 CEST")
  expect(timeText("due", now + 48 * HOUR, now, "Europe/Rome")).toBe("Thu 26 Nov, 07:00 CET")
  expect(timeText("clock", summer, now, "Europe/Rome")).toBe("06:00:30")
  expect(timeText("clock", summer, now)).toBe("04:00:30")
  expect(timeText("moment", summer, now, "Europe/Rome")).toBe("06:00:30")
  expect(timeText("minute", summer, now, "Europe/Rome")).toBe("06:00")
  const lateEvening = Date.parse("2026-07-06T22:30:00Z")
  expect([timeText("day", lateEvening, now), timeText("day", lateEvening, now, "Europe/Rome")]).toEqual([
    "6 Jul 2026",
    "7 Jul 2026"
  ])
  expect([timeText("moment", summer, now), timeText("minute", summer, now)]).toEqual(["04:00:30 UTC", "04:00 UTC"])
})

test("words a time by its kind", () => {
  const texts = ["relative", "due", "elapsed", undefined].map((kind) => timeText(kind, now - 2 * MINUTE, now))

  expect(texts).toEqual(["2 min ago", "any moment now", "2 m 00 s", "2 min ago"])
})
