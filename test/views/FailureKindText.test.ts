import { expect, test } from "bun:test"
import { kindSentence, retriedCount, retryPlanSentences, trendOf } from "../../src/views/FailureKindText.ts"
import { aKind } from "./kinds.ts"
import { at, NOW } from "./overview.ts"

test("marks what nobody had seen before, and what fails more than before", () => {
  expect(trendOf(aKind({ firstFailedAt: at(NOW - 3_600_000), lastHour: 9 }), NOW)).toBe("new")
  expect(trendOf(aKind({ lastHour: 9, lastDay: 12 }), NOW)).toBe("rising")
  expect(trendOf(aKind({ lastHour: 9, lastDay: 240 }), NOW)).toBeUndefined()
  expect(trendOf(aKind({ lastHour: 2, lastDay: 2 }), NOW)).toBeUndefined()
})

test("says how often and where it happened", () => {
  expect(kindSentence(aKind({ lastHour: 9 }))).toBe(
    "12 failures in the last 24 hours, 9 of them in the last hour. It touches 11 restaurants."
  )
  expect(kindSentence(aKind({ lastDay: 1, restaurants: 0 }))).toBe(
    "1 failure in the last 24 hours, none of them in the last hour."
  )
})

test("says before a retry how many jobs start again, and what is left out", () => {
  const plan = { stillFailed: 12, notRetryable: 2, unknownType: false }

  expect(retriedCount(plan)).toBe(10)
  expect(retryPlanSentences(plan)).toEqual([
    "10 jobs start again after the last step that each of them finished. Finished steps are kept.",
    "2 jobs are left out: another job does the same already.",
    "Jobs that fail meanwhile are left alone."
  ])
  expect(retryPlanSentences({ ...plan, notRetryable: 0, stillFailed: 1 })[0]).toBe(
    "1 job starts again after the last step that it finished. Finished steps are kept."
  )
  expect(retryPlanSentences({ ...plan, stillFailed: 2 })).toEqual(["No job is left to retry."])
  expect(retriedCount({ ...plan, unknownType: true })).toBe(0)
  expect(retryPlanSentences({ ...plan, unknownType: true })).toEqual([
    "This server does not know jobs of this type any more, so none can be retried."
  ])
})
