import { expect, test } from "bun:test"
import { jobSteps, type ShownStep } from "../../../src/views/JobSteps.ts"
import { inputDifference } from "../../../src/views/job/inputDifference.ts"
import { retryButton, retryLabel, retryPreview, stepNumbers } from "../../../src/views/job/retryPlan.ts"
import { at } from "../../support/FakeJobs.ts"
import { shown } from "../shown.ts"

const aStep = (number: number, state: ShownStep["state"], kept = false): ShownStep => ({
  number,
  name: `s${number}`,
  title: `Step ${number}`,
  state,
  hasRun: state !== "planned",
  reused: false,
  ...(state !== "planned" && { run: { name: `s${number}`, attempt: 1, startedAt: at(0), kept } })
})

const steps = [
  aStep(1, "done", true),
  aStep(2, "done", true),
  aStep(3, "done"),
  aStep(4, "failed"),
  aStep(5, "planned")
]
const definitions = steps.map(({ name, title }) => ({ name, title, irreversible: name === "s3" || name === "s5" }))
const plan = (shown: ReadonlyArray<ShownStep>, from = "checkpoint") => retryPreview(shown, from, definitions)
const numbers = (shown: ReadonlyArray<ShownStep>) => shown.map(({ number }) => number)

test.each([
  ["checkpoint", [1, 2], [3, 4, 5]],
  ["s2", [1], [2, 3, 4, 5]],
  ["start", [], [1, 2, 3, 4, 5]]
])("keeps the right steps from %s", (from, kept, again) => {
  const preview = retryPreview(steps, from, definitions)

  expect([numbers(preview.kept), numbers(preview.again)]).toEqual([kept, again])
})

test("warns of what has happened already and cannot be undone, and not of what has not", () => {
  expect(numbers(retryPreview(steps, "checkpoint", definitions).twice)).toEqual([3])
})

test("warns of what only an earlier attempt has done", () => {
  const ran = (name: string, attempt: number, outcome: "completed" | "failed") => ({
    name,
    attempt,
    outcome,
    kept: false,
    startedAt: at(0),
    endedAt: at(1)
  })
  const job = shown({ status: "failed", attempts: 2 })
  const definitions = [
    { name: "sign-in", title: "Sign in" },
    { name: "pay", title: "Pay", irreversible: true },
    { name: "send", title: "Send", irreversible: true },
    { name: "tell", title: "Tell", irreversible: true, repeats: true as const }
  ]
  const runs = [
    ran("sign-in", 1, "completed"),
    ran("pay", 1, "completed"),
    ran("tell-1", 1, "completed"),
    ran("sign-in", 2, "failed")
  ]
  const preview = retryPreview(jobSteps({ ...job, steps: definitions }, runs), "checkpoint", definitions)

  expect(preview.twice.map(({ name, state }) => [name, state])).toEqual([
    ["pay", "planned"],
    ["tell-1", "planned"]
  ])
})

const trip = [
  { name: "outline", title: "Outline" },
  { name: "plan-day", title: "Plan day", repeats: true as const, irreversible: true },
  { name: "start", title: "Assemble" }
]

test.each([
  ["checkpoint", "Retry from step 2 (keeps step 1 and a part of step 2)", []],
  ["plan-day", "Retry from step 2 (keeps step 1)", ["plan-day-1", "plan-day-2"]],
  ["plan-day-1", "Retry from step 2 (keeps step 1 and a part of step 2)", ["plan-day-1"]],
  ["outline", "Retry from the beginning", ["plan-day-1", "plan-day-2"]],
  ["start", "Retry from the beginning", ["plan-day-1", "plan-day-2"]]
])("says of a step that repeats what a retry from %s does", (from, label, twice) => {
  const done = (name: string) => ({ name, attempt: 1, outcome: "completed" as const, kept: true, startedAt: at(0) })
  const failed = { ...done("plan-day-3"), outcome: "failed" as const, kept: false }
  const runs = ["outline", "plan-day-1", "plan-day-2"].map(done)
  const ran = jobSteps({ ...shown({ status: "failed", attempts: 1 }), steps: trip }, [...runs, failed])

  const preview = retryPreview(ran, from, trip)

  expect(retryLabel(preview)).toBe(label)
  expect(preview.twice.flatMap(({ name }) => (name === "plan-day-3" ? [] : [name]))).toEqual(twice)
})

test("names the step that a retry goes on from", () => {
  expect(retryLabel(plan(steps))).toBe("Retry from step 3 (keeps steps 1 and 2)")
  expect(retryLabel(plan([aStep(1, "failed")]))).toBe("Retry from the beginning")
  expect(retryButton(plan(steps))).toBe("Retry from step 3")
  expect(retryButton(plan([aStep(1, "failed")]))).toBe("Retry")
  expect(stepNumbers([1, 2, 3, 4])).toBe("steps 1–4")
  expect(stepNumbers([1, 3, 4])).toBe("steps 1, 3 and 4")
})

test("goes on after the last step where a job failed behind it", () => {
  expect(retryLabel(plan(steps.slice(0, 2)))).toBe("Retry after step 2 (keeps steps 1 and 2)")
  expect(retryButton(plan(steps.slice(0, 2)))).toBe("Retry after step 2")
})

test("starts where the plan does, not at the chosen step, where nothing before it is kept", () => {
  const ran = [aStep(1, "done"), aStep(2, "done"), aStep(3, "failed")]

  expect(retryButton(plan(ran, "s3"))).toBe("Retry from the beginning")
  expect(retryButton(plan([aStep(1, "done", true), ...ran.slice(1)], "s3"))).toBe("Retry from step 2")
})

test("finds what differs between two inputs", () => {
  const before = { name: "Roma", tags: ["a", "b"], open: { mon: 1 } }

  expect(inputDifference(before, before)).toEqual([])
  expect(inputDifference(before, { name: "Ito", tags: ["a"], open: { mon: 1, tue: 2 } })).toEqual([
    { path: "name", before: '"Roma"', after: '"Ito"' },
    { path: "tags[1]", before: '"b"' },
    { path: "open.tue", after: "2" }
  ])
})
