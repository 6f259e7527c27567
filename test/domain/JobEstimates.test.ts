import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { countedItems, leftMs, type Medians, percentFrom, startsInMs } from "../../src/domain/JobEstimates.ts"

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

test("rises with the time and reaches 100 never", () => {
  const percent = (stepElapsedMs: number) => percentFrom(medians, leftMs(medians, { ...inUpload, stepElapsedMs }))

  expect([percent(0), percent(60_000), percent(999_999)]).toEqual([6, 43, 81])
  fc.assert(fc.property(fc.nat(300_000), fc.nat(300_000), (a, b) => percent(Math.min(a, b)) <= percent(Math.max(a, b))))
  expect(percentFrom(medians, 0)).toBe(99)
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
