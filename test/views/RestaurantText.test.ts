import { expect, test } from "bun:test"
import { readableJobId } from "../../src/domain/JobId.ts"
import type { LatestJob, RestaurantHealth } from "../../src/domain/Restaurants.ts"
import { checklistOf, checklistText, healthOf, lineText, ONBOARDING } from "../../src/views/RestaurantText.ts"
import { at, NOW } from "./overview.ts"

const job = (jobType: string, fields: Partial<LatestJob> = {}): LatestJob => ({
  jobId: readableJobId(at(NOW), Uint8Array.from([0, 0, 0, 1])),
  jobType,
  status: "completed",
  percent: 100,
  at: at(NOW),
  ...fields
})

const health = (fields: Partial<RestaurantHealth>): RestaurantHealth => ({
  restaurantId: "roma",
  questions: 0,
  failed: 0,
  running: 0,
  waiting: 0,
  latest: job("add-item-tags"),
  ...fields
})

test("marks a restaurant by what needs a look first", () => {
  const all = { questions: 1, failed: 2, running: 1, waiting: 3 }
  const marks = [
    all,
    { ...all, questions: 2 },
    { failed: 2, running: 1 },
    { running: 1, waiting: 3 },
    { waiting: 3 },
    {}
  ]

  expect(marks.map((fields) => healthOf(health(fields))).map(({ status, text }) => `${status}: ${text}`)).toEqual([
    "needs_input: Needs you",
    "needs_input: Needs you 2 times",
    "failed: 2 jobs failed",
    "in_progress: 1 job runs",
    "pending: 3 jobs wait",
    "completed: Fine"
  ])
  expect(healthOf(health({ latest: job("x", { status: "cancelled" }) })).text).toBe("Cancelled")
})

test("makes the checklist from the newest job of each item, whichever of its types did it", () => {
  const known = new Set(["import-csv-menu", "configure-website-dark", "configure-website-light", "create-api-key"])
  const lines = checklistOf(
    [
      job("import-csv-menu", { status: "in_progress", percent: 52 }),
      job("configure-website-light", { status: "failed", at: at(NOW - 60_000) }),
      job("configure-website-dark"),
      job("something-else")
    ],
    known
  )

  expect(lines.map((line) => `${line.title}: ${lineText(line)}`)).toEqual([
    "Menu: Running, 52%",
    "Website: Done",
    "API key: Not started"
  ])
  expect(checklistText(lines)).toBe("1 of 3 done")
  expect(checklistOf([], new Set())).toEqual([])
})

test("has each of the twelve job types of restaurants once", () => {
  const types = ONBOARDING.flatMap((item) => item.types)

  expect(types).toHaveLength(12)
  expect(new Set(types).size).toBe(12)
})
