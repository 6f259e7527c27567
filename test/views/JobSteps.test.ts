import { expect, test } from "bun:test"
import type { StepRun } from "../../src/domain/Attempt.ts"
import { jobSteps } from "../../src/views/JobSteps.ts"
import { at, NOW_MS } from "../support/FakeJobs.ts"
import { shown } from "./shown.ts"

const run = (name: string, attempt: number, outcome?: StepRun["outcome"], kept = false): StepRun => ({
  name,
  attempt,
  startedAt: at(NOW_MS - 10_000),
  kept,
  ...(outcome && { outcome, endedAt: at(NOW_MS - 8_000) })
})

const states = (...[job, runs]: Parameters<typeof jobSteps>) =>
  jobSteps(job, runs).map(({ name, state, reused }) => `${name} ${state}${reused ? " reused" : ""}`)

test("shows the plan before anything ran", () => {
  expect(states(shown(), [])).toEqual(["sign-in planned", "add-tags planned", "check planned"])
})

test("shows kept steps of earlier tries as done and the others as they are in this try", () => {
  const runs = [
    run("sign-in", 1, "completed"),
    run("add-tags", 1, "completed", true),
    run("check", 1, "failed"),
    run("sign-in", 2)
  ]

  expect(states(shown({ status: "in_progress", attempts: 2 }), runs)).toEqual([
    "sign-in running",
    "add-tags done reused",
    "check planned"
  ])
})

test("does not call a step running once its job has ended", () => {
  expect(states(shown({ status: "cancelled", attempts: 1 }), [run("sign-in", 1)])[0]).toBe("sign-in stopped")
})

test("measures ended steps and lists steps that no plan knows", () => {
  const steps = jobSteps(shown({ status: "failed", attempts: 1 }), [run("surprise", 1, "failed")])

  expect(steps.at(-1)).toMatchObject({ number: 4, title: "surprise", state: "failed", durationMs: 2_000 })
})

test("puts the runs of a step that repeats in its place, by their numbers, and counts them as one", () => {
  const job = shown({ status: "in_progress", attempts: 1 })
  const steps = [
    { name: "outline", title: "Outline" },
    { name: "plan-day", title: "Plan day", repeats: true as const },
    { name: "assemble", title: "Assemble" }
  ]
  const runs = [run("plan-day-10", 1), run("outline", 1, "completed", true), run("plan-day-2", 1, "completed", true)]

  expect(jobSteps({ ...job, steps }, []).map(({ title }) => title)).toEqual(["Outline", "Plan day", "Assemble"])
  expect(
    jobSteps({ ...job, steps }, [...runs, run("other", 1)]).map(({ number, title }) => `${number} ${title}`)
  ).toEqual(["1 Outline", "2 Plan day 2", "2 Plan day 10", "3 Assemble", "4 other"])
})
