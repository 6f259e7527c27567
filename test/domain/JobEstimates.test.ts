import { expect, test } from "bun:test"
import { countedItems, leftMs, type Medians, percentFrom, startsInMs } from "../../src/domain/JobEstimates.ts"
import { percentOf } from "../../src/domain/Progress.ts"

const medians: Medians = {
  wholeMs: 200_000,
  stepsMs: new Map([
    ["sign-in", 10_000],
    ["upload", 120_000],
    ["check", 30_000]
  ])
}
const steps = ["sign-in", "upload", "check"]
const inUpload = { steps, stepName: "upload", elapsedMs: 40_000 }

test("adds what is left of the current step to the later ones", () => {
  expect(leftMs(medians, { ...inUpload, stepElapsedMs: 20_000 })).toBe(130_000)
})

test("counts a step that takes longer than usual as nearly done", () => {
  expect(leftMs(medians, { ...inUpload, stepElapsedMs: 500_000 })).toBe(30_000)
})

test("goes by the pace of the step itself after three items, and not before", () => {
  const after = (message: string) => leftMs(medians, { ...inUpload, stepElapsedMs: 60_000, message })

  expect(after("2 of 40 photos")).toBe(60_000 + 30_000)
  expect(after("10 of 40 photos")).toBe(180_000 + 30_000)
})

test("goes by the whole run before the first step and where steps are not known", () => {
  expect(leftMs(medians, { steps, elapsedMs: 50_000, stepElapsedMs: 0 })).toBe(150_000)
  expect(leftMs(medians, { steps: [], stepName: "x", elapsedMs: 500_000, stepElapsedMs: 1 })).toBe(0)
})

test.each([
  ["18 of 40 photos", { done: 18, of: 40 }],
  ["12,010 of 40,000 rows", { done: 12_010, of: 40_000 }],
  ["Rows: 9 of 1.234.567.", { done: 9, of: 1_234_567 }],
  ["999 of 12’010", { done: 999, of: 12_010 }],
  ["1.2 of 3 GB", undefined],
  ["1 of 2.5 GB", undefined],
  ["41 of 40", undefined],
  ["Signing in", undefined],
  [undefined, undefined]
])("reads the items of %p", (message, items) => {
  expect(countedItems(message)).toEqual(items)
})

const definitions = steps.map((name) => ({ name, title: name }))
const progressAt = (step: number, done: number, of: number) => ({
  percent: percentOf(step - 1, 3, { done, of }),
  totalSteps: 3,
  step,
  stepName: steps[step - 1]!
})

test("rises with what a step says of itself and with each step, whatever its pace, and reaches 100 never", () => {
  const percents = [1, 2, 3].flatMap((step) =>
    Array.from({ length: 401 }, (_, done) =>
      percentFrom(medians, definitions, progressAt(step, done, 400), done * 9_999)
    )
  )

  expect(percents).toEqual(percents.toSorted((a, b) => a - b))
  expect([percents[0], percents.at(-1)]).toEqual([0, 99])
  // Half of the uploads: 10 s and half of 120 s of 160 s, but the job itself says 50.
  expect(percentFrom(medians, definitions, progressAt(2, 200, 400), 500_000)).toBe(50)
  expect(percentFrom(medians, definitions, progressAt(3, 0, 1), 500_000)).toBe(81)
})

test("is never below what the job itself says, and counts all parts of a step that repeats", () => {
  const repeating = [definitions[0]!, { name: "part", title: "Part", repeats: true as const }]
  const parts = { wholeMs: 100, stepsMs: new Map(["sign-in", "part-1", "part-2"].map((name) => [name, 10])) }
  const atPart = { totalSteps: 2, step: 2, stepName: "part-1" }

  expect(percentFrom(parts, repeating, { ...atPart, percent: 50 }, undefined)).toBe(50)
  const heavyFirst = {
    wholeMs: 100,
    stepsMs: new Map([
      ["sign-in", 90],
      ["part-1", 10]
    ])
  }
  expect(percentFrom(heavyFirst, repeating, { ...atPart, percent: 50 }, undefined)).toBe(90)
})

test("goes by the whole time where no step has one, and by the job itself where nobody knows what is left", () => {
  const whole = { wholeMs: 200_000, stepsMs: new Map() }
  const progress = { percent: 10, totalSteps: 0 }

  expect(percentFrom(whole, [], progress, 50_000)).toBe(75)
  expect(percentFrom(whole, [], progress, 0)).toBe(99)
  expect(percentFrom(whole, [], progress, undefined)).toBe(10)
})

test("lets each in line start when a place is free", () => {
  expect(startsInMs(2, [60_000, 20_000], [30_000, 50_000, 10_000])).toEqual([20_000, 50_000, 60_000])
  expect(startsInMs(3, [60_000], [30_000, 50_000])).toEqual([0, 0])
})

test("tells nothing of places behind a job of unknown length", () => {
  expect(startsInMs(1, [undefined], [1_000])).toEqual([undefined])
  expect(startsInMs(1, [5_000], [undefined, 1_000])).toEqual([5_000, undefined])
  expect(startsInMs(0, [], [1_000])).toEqual([undefined])
})
