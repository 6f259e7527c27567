import { expect, test } from "bun:test"
import {
  aboutText,
  durationText,
  leftText,
  shownStatus,
  statusWords,
  stepText,
  titleOf,
  waitingText
} from "../../src/client/words.ts"
import { aboutText as boardAbout } from "../../src/views/EstimateText.ts"
import { statusWords as boardWords } from "../../src/views/StatusWords.ts"
import { durationText as boardDuration, timeText } from "../../src/views/Times.ts"

const lengths = Array.from({ length: 240 }, (_, n) => Math.floor(90 * 1.08 ** n))

test("says statuses and durations in the words of the board", () => {
  const words = Object.fromEntries(Object.entries(boardWords).map(([status, { word }]) => [status, word]))

  expect(statusWords).toEqual(words as typeof statusWords)
  expect(lengths.map(durationText)).toEqual(lengths.map(boardDuration))
  expect(lengths.map(aboutText)).toEqual(lengths.map(boardAbout))
  expect(lengths.map((at) => leftText(at, 900))).toEqual(lengths.map((at) => timeText("left", at, 900)))
})

test("tells waiting jobs apart by why they wait, and running ones by what they ask", () => {
  const prompt = { id: "1", kind: "otp", label: "Code", attempt: 1, timesAsked: 1, askedAt: "", deadline: "" } as const
  const waiting = (code: string) => shownStatus({ status: "pending", waitingFor: [{ code }] })

  expect([waiting("backoff"), waiting("scheduled"), waiting("pool_full")]).toEqual([
    "retry_wait",
    "scheduled",
    "pending"
  ])
  expect(shownStatus({ status: "in_progress", prompt })).toBe("needs_input")
  expect(shownStatus({ status: "in_progress", waitingFor: [{ code: "lease_lost" }] })).toBe("in_progress")
  expect(shownStatus({ status: "cancelled", prompt })).toBe("cancelled")
  expect(waitingText([{ code: "pool_full" }, { code: "draining" }])).toBe("Waiting for a free place.")
  expect(waitingText([{ code: "of a newer server" }])).toBe("Waiting for its turn.")
  expect(waitingText([])).toBeUndefined()
})

test("makes names that people can read", () => {
  expect(["ai_trip_generation", "export-menu", "create-api-key"].map(titleOf)).toEqual([
    "AI trip generation",
    "Export menu",
    "Create API key"
  ])
  expect(stepText({ progress: { percent: 0, step: 2, totalSteps: 4, stepName: "check-budget" } })).toBe(
    "Step 2 of 4: check budget"
  )
  expect(stepText({ progress: { percent: 0, step: 2, totalSteps: 4 } })).toBe("Step 2 of 4")
  expect(stepText({ progress: { percent: 0, totalSteps: 4 } })).toBeUndefined()
})
