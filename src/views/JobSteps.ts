/** The step list of a job page: what was planned, joined with what ran. */
import type { StepRun } from "../domain/Attempt.ts"
import { type ShownJob, stepTitle } from "./ShownJob.ts"

export type StepState = "planned" | "running" | "done" | "failed" | "stopped"

export interface ShownStep {
  readonly number: number
  readonly name: string
  readonly title: string
  readonly state: StepState
  /** The run that the line tells of; absent for planned steps. */
  readonly run?: StepRun
  readonly durationMs?: number
  /** Done in an earlier attempt and not run again. */
  readonly reused: boolean
}

const stateOf = (run: StepRun, running: boolean): StepState => {
  if (run.outcome === "completed") return "done"
  if (run.outcome === "failed") return "failed"
  return run.outcome === undefined && running ? "running" : "stopped"
}

/** The step's run in the latest attempt, or else the one whose output is kept. Other runs are history. */
const tellingRun = (runs: ReadonlyArray<StepRun>, latest: number): StepRun | undefined =>
  runs.findLast((run) => run.attempt === latest) ?? runs.findLast((run) => run.kept)

export const jobSteps = (shown: ShownJob, runs: ReadonlyArray<StepRun>): ReadonlyArray<ShownStep> => {
  const { job, steps } = shown
  const names = [...new Set([...steps.map((step) => step.name), ...runs.map((run) => run.name)])]
  return names.map((name, index) => {
    const line = { number: index + 1, name, title: stepTitle(steps, name) }
    const run = tellingRun(
      runs.filter((run) => run.name === name),
      job.attempts
    )
    if (run === undefined) return { ...line, state: "planned", reused: false }
    const state = stateOf(run, job.status === "in_progress" && run.attempt === job.attempts)
    return {
      ...line,
      state,
      run,
      reused: run.kept && run.attempt < job.attempts,
      ...(run.endedAt && { durationMs: run.endedAt.epochMilliseconds - run.startedAt.epochMilliseconds })
    }
  })
}
