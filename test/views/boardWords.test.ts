import { expect, test } from "bun:test"
import type { LaneReport } from "../../src/domain/Lanes.ts"
import type { WorkerReport } from "../../src/domain/Workers.ts"
import { defaultSettings, parseSettings, settingsText } from "../../src/views/BoardSettings.ts"
import { bulkSentence } from "../../src/views/BulkPages.tsx"
import { bulkPlan, filterWords, needsReason, planLabel, skippedText } from "../../src/views/bulkPlan.ts"
import { cronWords } from "../../src/views/CronWords.ts"
import { fleetSentence } from "../../src/views/FleetPage.tsx"
import { parseCsv } from "../../src/views/form/csvRows.ts"
import { zonedText } from "../../src/views/Times.ts"
import { typeSentence } from "../../src/views/TypesPage.tsx"
import { at } from "../support/FakeJobs.ts"
import { shown } from "./shown.ts"

test("plans an action on the jobs whose status allows it, and names the others", () => {
  const plan = bulkPlan("retry", { failed: 30, cancelled: 1, completed: 4, in_progress: 1 })

  expect(planLabel(plan)).toBe("Retry 31 jobs")
  expect(plan.skipped.map((each) => skippedText("retry", each))).toEqual([
    "1 running: only failed and cancelled jobs are retried",
    "4 done: only failed and cancelled jobs are retried"
  ])
})

test("does not claim to know more than it counted", () => {
  expect(planLabel(bulkPlan("cancel", { pending: 1_000, scheduled: 2 }))).toBe("Cancel at least 1,002 jobs")
})

test.each([
  ["retry", 20, false],
  ["retry", 21, true],
  ["cancel", 1, true]
] as const)("asks for a reason to %s %p jobs: %p", (action, jobs, asks) => {
  expect(needsReason(bulkPlan(action, { failed: jobs, pending: jobs }))).toBe(asks)
})

test("says a filter in words", () => {
  expect(filterWords({ status: ["failed", "cancelled"], type: "x", restaurant: "ito", q: "menu" })).toBe(
    "Failed or Cancelled · type x · restaurant ito · “menu”"
  )
  expect(filterWords({ status: [] })).toBe("all jobs")
})

test("says how far an action on many jobs is, and how it went", () => {
  const running = shown({
    status: "in_progress",
    progress: { percent: 0, totalSteps: 1, message: "19 of 30 jobs retried" }
  })

  expect(bulkSentence({ action: "retry" }, running)).toBe("19 of 30 jobs retried.")
  expect(bulkSentence({ action: "cancel", result: { seen: 31, changed: 29 } }, shown({ status: "completed" }))).toBe(
    "29 jobs cancelled, 2 left alone."
  )
  expect(bulkSentence({ action: "retry" }, shown())).toBe("It starts in a moment.")
})

test.each([
  ["0 6 * * 1", "At 06:00, only on Monday"],
  ["*/15 * * * *", "Every 15 minutes"],
  ["nonsense", undefined]
])("says %s in words, where it has some", (cron, words) => {
  expect(cronWords(cron)).toBe(words)
})

test.each([
  ["2026-07-06T04:00:00Z", "Mon 6 Jul, 06:00"],
  ["2026-12-31T23:30:00Z", "Fri 1 Jan 2027, 00:30"],
  ["2027-07-06T04:00:00Z", "Tue 6 Jul 2027, 06:00"]
])("tells %s as the clock of its zone shows it, with a year that is another one than now", (at, text) => {
  expect(zonedText(Date.parse(at), Date.parse("2026-03-01T00:00:00Z"), "Europe/Rome")).toBe(text)
})

const lane: LaneReport = { lane: "browser", capacity: 2, running: 2, ready: 14, scheduled: 0, blocked: 0 }
const worker: WorkerReport = {
  name: "w1",
  startedAt: at(0),
  seenAt: at(0),
  alive: true,
  draining: false,
  places: {},
  running: 0,
  jobs: []
}

test.each([
  [[lane], [], "No worker is running, so no job starts."],
  [[{ ...lane, ready: 0 }], [worker], "1 worker at work."],
  [
    [lane],
    [worker, { ...worker, alive: false }],
    "1 worker at work, 1 silent, all places for browser jobs are in use and 14 jobs wait."
  ],
  [[{ ...lane, running: 0, paused: { since: at(0) } }], [worker], "1 worker at work, browser jobs paused."]
] as const)("sums the fleet up: %#", (lanes, workers, sentence) => {
  expect(fleetSentence({ lanes, workers })).toBe(sentence)
})

test("sums a job type up", () => {
  const times = { runs: 30, p25Ms: 0, medianMs: 380_000, p75Ms: 0, p90Ms: 550_000 }
  const estimate = { times, offPercent: 18, ended: 412, failed: 29, durationsMs: [], steps: new Map() }

  expect(typeSentence(estimate)).toBe(
    "Usually 6 m 20 s, 9 of 10 within 9 m 10 s. 93% of the last 412 jobs went well. Estimates are off by 18%."
  )
  expect(typeSentence(undefined)).toBe("No job of this type has ended yet, or only just now.")
})

test("keeps settings in a few words, and takes what it does not know for the default", () => {
  const chosen = { ...defaultSettings, density: "compact", keys: "off" } as const

  expect(parseSettings(settingsText(chosen))).toEqual(chosen)
  expect(parseSettings("<script>.utc")).toEqual({ ...defaultSettings, zone: "utc" })
})

test("reads a table with quotes, line breaks in cells and any separator", () => {
  const { columns, rows } = parseCsv('name,items\r\n"Roma, ""centro""","a\nb"\n\nIto,c\n')

  expect(columns).toEqual(["name", "items"])
  expect(rows).toEqual([
    { line: 2, cells: ['Roma, "centro"', "a\nb"] },
    { line: 5, cells: ["Ito", "c"] }
  ])
  expect(parseCsv("\uFEFFa;b\n1,5;2").rows[0]?.cells).toEqual(["1,5", "2"])
  expect(parseCsv('a \t"b,c,d"\r1\t2').rows[0]).toEqual({ line: 2, cells: ["1", "2"] })
  expect(parseCsv("").rows).toEqual([])
})
