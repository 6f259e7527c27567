import { expect, test } from "bun:test"
import type { JobHistory } from "../../../src/domain/JobReports.ts"
import { foldLog } from "../../../src/views/job/foldLog.ts"
import { waterfall } from "../../../src/views/job/waterfall.ts"
import { at } from "../../support/FakeJobs.ts"
import { shown } from "../shown.ts"

const run = (attempt: number, name: string, from: number, to: number, outcome: "completed" | "failed") => ({
  attempt,
  name,
  startedAt: at(from * 1_000),
  endedAt: at(to * 1_000),
  outcome,
  kept: false
})

const history: JobHistory = {
  attempts: [
    { attempt: 1, worker: "w", startedAt: at(0), endedAt: at(40_000), outcome: "failed" },
    { attempt: 2, worker: "w", startedAt: at(100_000), endedAt: at(160_000), outcome: "completed" }
  ],
  steps: [
    run(1, "sign-in", 0, 10, "completed"),
    run(1, "add-tags", 10, 40, "failed"),
    run(2, "add-tags", 100, 150, "completed")
  ],
  prompts: []
}
const job = shown({ status: "completed", attempts: 2 })
const plain = { idle: true, problems: false }

test("places each step where it was in time", () => {
  const { rows, ticks } = waterfall(job, history, undefined, plain)

  expect(rows.map(({ key, state }) => [key, state])).toEqual([
    ["1.sign-in", "done"],
    ["1.add-tags", "failed"],
    ["2.add-tags", "done"],
    ["0.check", "planned"]
  ])
  expect(rows[1]?.bars).toEqual([{ kind: "failed", from: 6.25, width: 18.75 }])
  expect(rows[2]?.bars).toEqual([
    { kind: "retry", from: 25, width: 37.5 },
    { kind: "done", from: 62.5, width: 31.25 }
  ])
  expect(ticks.map(({ ms }) => ms / 1_000)).toEqual([0, 30, 60, 90, 120, 150])
})

test("lists the runs of a step that repeats in its place, by their numbers, and no plan beside them", () => {
  const steps = [
    { name: "part", title: "Write part", repeats: true as const },
    { name: "join", title: "Put the file together" }
  ]
  const runs = ["part-10", "join", "part-2"].map((name) => run(1, name, 0, 10, "completed"))

  const { rows } = waterfall({ ...job, steps }, { ...history, steps: runs }, undefined, plain)

  expect(rows.map(({ state, title }) => `${state} ${title}`)).toEqual([
    "done Write part 2",
    "done Write part 10",
    "done Put the file together"
  ])
})

test("folds the time between tries", () => {
  const [, second, third] = waterfall(job, history, undefined, { ...plain, idle: false }).rows

  expect(second?.bars[0]?.from).toBeCloseTo(9.8, 1)
  expect(third?.bars).toHaveLength(1)
  expect(third?.bars[0]?.from).toBeCloseTo(41.2, 1)
})

test("shows one try, or only problems", () => {
  expect(waterfall(job, history, undefined, { ...plain, attempt: 2 }).rows.map(({ key }) => key)).toEqual([
    "0.sign-in",
    "2.add-tags",
    "0.check"
  ])
  expect(waterfall(job, history, undefined, { ...plain, problems: true }).rows.map(({ key }) => key)).toEqual([
    "1.add-tags"
  ])
})

test("marks the time in which a person was waited for", () => {
  const asked = {
    attempt: 1,
    step: "add-tags",
    askedAt: at(20_000),
    answeredAt: at(30_000),
    state: "answered"
  } as const
  const prompts = [{ ...asked, id: "p", kind: "text", label: "x", timesAsked: 1, deadline: at(0) }] as never

  const { rows } = waterfall(job, { ...history, prompts }, undefined, plain)

  expect(rows[1]?.bars[1]).toEqual({ kind: "person", from: 12.5, width: 6.25 })
})

test("stays within its line, however little there is to draw", () => {
  const none: JobHistory = { attempts: [], steps: [], prompts: [] }

  expect(waterfall(shown(), none, undefined, plain).rows.map(({ bars }) => bars)).toEqual([[], [], []])
})

test("folds four similar lines and more, and no others", () => {
  const line = (id: number, message: string) => ({ id, attempt: 1, at: at(0), level: "info" as const, message })
  const lines = ["up 1", "up 2", "up 3", "up 4", "other", "x “a” 1", "x “b” 2", "end"].map((text, id) => line(id, text))

  expect(foldLog(lines).map(({ line: { message }, similar }) => [message, similar.length])).toEqual([
    ["up 1", 3],
    ["other", 0],
    ["x “a” 1", 0],
    ["x “b” 2", 0],
    ["end", 0]
  ])
})
