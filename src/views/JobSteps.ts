/** The step list of a job page: what was planned, joined with what ran. */
import type { StepRun } from "../domain/Attempt.ts"
import type { Job } from "../domain/Job.ts"
import { declaredStep, type StepDefinition } from "../domain/StepDefinition.ts"
import { type ShownJob, stepTitle } from "./ShownJob.ts"

export type StepState = "planned" | "running" | "done" | "failed" | "stopped"

export interface PlacedStep {
  readonly name: string
  /** Its place in the plan, which the runs of a step that repeats share. What no plan knows counts on behind it. */
  readonly number: number
}

export interface ShownStep extends PlacedStep {
  readonly title: string
  readonly state: StepState
  /** The run that the line tells of; absent for planned steps. */
  readonly run?: StepRun
  readonly durationMs?: number
  /** In any attempt: a planned step may have run in an earlier one. */
  readonly hasRun: boolean
  /** Done in an earlier attempt and not run again. */
  readonly reused: boolean
}

/** What has no end is under way only in the try that is running. */
export const runState = (job: Job, { attempt, outcome }: StepRun): Exclude<StepState, "planned"> => {
  if (outcome === "completed") return "done"
  if (outcome === "failed") return "failed"
  return outcome === undefined && job.status === "in_progress" && attempt === job.attempts ? "running" : "stopped"
}

/** The step's run in the latest attempt, or else the one whose output is kept. Other runs are history. */
const tellingRun = (runs: ReadonlyArray<StepRun>, latest: number): StepRun | undefined =>
  runs.findLast((run) => run.attempt === latest) ?? runs.findLast((run) => run.kept)

/** In the order of the job type. A step that repeats gives way to its runs, as soon as there is one. */
export const stepsInOrder = (
  steps: ReadonlyArray<StepDefinition>,
  ran: ReadonlyArray<string>
): ReadonlyArray<PlacedStep> => {
  const placed = [...new Set(ran)].map((name) => ({ name, found: declaredStep(steps, name) }))
  const known = steps.flatMap((step, index): ReadonlyArray<PlacedStep> => {
    const number = index + 1
    const own = placed.filter(({ found }) => found?.step === step)
    if (step.repeats !== true || own.length === 0) return [{ name: step.name, number }]
    return own.toSorted((a, b) => (a.found?.number ?? 0) - (b.found?.number ?? 0)).map(({ name }) => ({ name, number }))
  })
  const strange = placed.filter(({ found }) => found === undefined)
  return [...known, ...strange.map(({ name }, index) => ({ name, number: steps.length + index + 1 }))]
}

export const jobSteps = (shown: ShownJob, runs: ReadonlyArray<StepRun>): ReadonlyArray<ShownStep> => {
  const { job, steps } = shown
  const placed = stepsInOrder(
    steps,
    runs.map((run) => run.name)
  )
  return placed.map(({ name, number }) => {
    const own = runs.filter((run) => run.name === name)
    const line = { number, name, title: stepTitle(steps, name), hasRun: own.length > 0 }
    const run = tellingRun(own, job.attempts)
    if (run === undefined) return { ...line, state: "planned", reused: false }
    return {
      ...line,
      state: runState(job, run),
      run,
      reused: run.kept && run.attempt < job.attempts,
      ...(run.endedAt && { durationMs: run.endedAt.epochMilliseconds - run.startedAt.epochMilliseconds })
    }
  })
}
