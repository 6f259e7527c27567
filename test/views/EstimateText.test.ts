import { expect, test } from "bun:test"
import type { TypeEstimate } from "../../src/domain/JobEstimates.ts"
import {
  aboutText,
  estimateSentence,
  placeText,
  rangeText,
  shownPercent,
  usualText
} from "../../src/views/EstimateText.ts"
import { shown } from "./shown.ts"

const minutes = (n: number) => n * 60_000

const estimate: TypeEstimate = {
  times: { runs: 30, p25Ms: minutes(6), medianMs: minutes(7), p75Ms: minutes(9), p90Ms: minutes(12) },
  ended: 30,
  failed: 0,
  durationsMs: [],
  steps: new Map()
}
const running = { status: "in_progress", durationMs: minutes(3), etaMs: minutes(3.2) } as const

test.each([
  [20_000, "less than a minute"],
  [minutes(1.4), "1 min"],
  [minutes(9.4), "9 min"],
  [minutes(12), "10 min"],
  [minutes(13), "15 min"],
  [minutes(82), "1 h 20 min"],
  [minutes(120), "2 h"]
])("says %p ms as %s", (ms, text) => {
  expect(aboutText(ms)).toBe(text)
})

test.each([
  [4_200, "4.2 s"],
  [12_000, "10 s"],
  [minutes(2), "2 m"],
  [minutes(61), "1 h 01 m"]
])("says %p ms of a step as %s", (ms, text) => {
  expect(usualText(ms)).toBe(text)
})

test("gives a range, or one number where both ends round to it", () => {
  expect(rangeText(minutes(6), minutes(9))).toBe("6–9 min")
  expect(rangeText(minutes(6.1), minutes(6.3))).toBe("6 min")
  expect(rangeText(20_000, 40_000)).toBe("20 s to 40 s")
  expect(rangeText(minutes(50), minutes(80))).toBe("50 min to 1 h 20 min")
})

test("says how long a running job still takes and what is usual", () => {
  expect(estimateSentence({ ...shown(running), estimate })).toBe("About 3 min left (usually 6–9 min in all).")
  expect(estimateSentence({ ...shown({ ...running, etaMs: 9_000 }), estimate })).toMatch(/^Less than a minute left/u)
})

test("says when it takes longer than nine of ten", () => {
  expect(estimateSentence({ ...shown({ ...running, durationMs: minutes(13) }), estimate })).toBe(
    "Longer than usual: 9 of 10 finish in 10 min."
  )
})

test("gives no number before five runs, and says nothing of jobs that do not run", () => {
  const young = { ...estimate, times: { ...estimate.times!, runs: 4 } }

  expect(estimateSentence({ ...shown(running), estimate: young })).toBe("First jobs of this type, no estimate yet.")
  expect(estimateSentence(shown(running))).toBe("First jobs of this type, no estimate yet.")
  expect(estimateSentence({ ...shown({ status: "completed" }), estimate })).toBeUndefined()
})

test("measures progress in usual time, and in steps where no time is known", () => {
  const progress = { percent: 40, totalSteps: 3 }

  expect(shownPercent({ ...shown({ ...running, progress }), estimate })).toBe(54)
  expect(shownPercent(shown({ ...running, progress }))).toBe(40)
  expect(shownPercent({ ...shown({ status: "failed", progress }), estimate })).toBe(40)
})

test("keeps the bar where it is while a step takes longer than usual by its own pace, or a person is asked", () => {
  const stats = { runs: 30, p25Ms: 1_000, medianMs: 1_000, p75Ms: 1_000, p90Ms: 1_000 }
  const steps = [
    { name: "read", title: "Read" },
    { name: "write", title: "Write" }
  ]
  const known = {
    ...estimate,
    times: stats,
    steps: new Map(steps.map(({ name }) => [name, { times: stats, failed: 0 }]))
  }
  const progress = { percent: 61, totalSteps: 2, step: 2, stepName: "write", message: "99 of 400" }
  const barOf = (fields: object) =>
    shownPercent({ ...shown({ status: "in_progress", progress, ...fields }), steps, estimate: known })

  expect([barOf({ etaMs: 1_500 }), barOf({ etaMs: minutes(30) }), barOf({})]).toEqual([61, 61, 61])
})

test.each([
  [{ place: 1, startsInMs: minutes(4) }, "Next in line, a place is likely in about 4 min."],
  [{ place: 2, startsInMs: 0 }, "2nd in line, a place is likely in less than a minute."],
  [{ place: 13 }, "13th in line."],
  [{ place: 23 }, "23rd in line."]
])("says of the place %p: %s", (place, text) => {
  expect(placeText({ ...shown(), place })).toBe(text)
})
