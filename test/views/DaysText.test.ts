import { expect, test } from "bun:test"
import { dayName, daysText, isCut, lastDays } from "../../src/views/DaysText.ts"
import { at, NOW } from "./overview.ts"

const day = (text: string, completed: number, failed: number) => ({
  day: at(Date.parse(`${text}T00:00:00Z`)),
  completed,
  failed
})

const known = [day("2026-11-10", 9, 9), day("2026-11-11", 4, 0), day("2026-11-23", 2, 1), day("2026-11-24", 1, 0)]

test("shows the last 14 days without gaps, today among them", () => {
  const days = lastDays({ days: known }, NOW)

  expect(days).toHaveLength(14)
  expect(days.at(0)).toEqual({ at: Date.parse("2026-11-11T00:00:00Z"), completed: 4, failed: 0 })
  expect(days.at(1)).toMatchObject({ completed: 0, failed: 0 })
  expect(days.slice(-2)).toMatchObject([
    { completed: 2, failed: 1 },
    { completed: 1, failed: 0 }
  ])
  expect(daysText(days)).toBe("7 of 8 jobs went well in the last 14 days.")
})

test("leaves out days of which only a part was counted, but not today", () => {
  const since = (text: string) => lastDays({ days: known, since: at(Date.parse(text)) }, NOW)

  expect(since("2026-11-22T18:00:00Z").map(({ at: day }) => dayName(day))).toEqual(["Mon 23 Nov", "Tue 24 Nov"])
  expect(daysText(since("2026-11-24T05:00:00Z"))).toBe("1 job went well today.")
  const cut = (text: string) => isCut({ days: known, since: at(Date.parse(text)) }, NOW)
  expect([cut("2026-11-24T05:00:00Z"), cut("2026-11-10T23:59:59Z"), isCut({ days: known }, NOW)]).toEqual([
    true,
    false,
    false
  ])
})

test.each([
  [[], "No job was done or failed in the last 14 days."],
  [[day("2026-11-20", 0, 1)], "1 job failed in the last 14 days."],
  [[day("2026-11-20", 13, 0)], "All 13 jobs went well in the last 14 days."],
  [[day("2026-11-20", 0, 3)], "All 3 jobs failed in the last 14 days."]
])("says how jobs ended: %#", (days, text) => {
  expect(daysText(lastDays({ days }, NOW))).toBe(text)
})

test("names a day without a zone", () => {
  expect(dayName(Date.parse("2026-11-03T00:00:00Z"))).toBe("Tue 3 Nov")
})
