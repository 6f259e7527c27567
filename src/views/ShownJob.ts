/** A job together with what people see of it at one moment. */
import type { Job } from "../domain/Job.ts"
import type { QueuePlace, TypeEstimate } from "../domain/JobEstimates.ts"
import { isTerminal, type ShownStatus, shownStatus } from "../domain/JobStatus.ts"
import type { JobType } from "../domain/JobType.ts"
import { declaredStep, type StepDefinition } from "../domain/StepDefinition.ts"

/** As much of a job type as pages show. Absent for jobs whose type this process no longer has. */
export type KnownType = Pick<JobType, "title" | "steps"> | undefined

export interface ShownJob {
  readonly job: Job
  readonly status: ShownStatus
  readonly title: string
  readonly steps: ReadonlyArray<StepDefinition>
  /** Somebody asked the running job to stop. */
  readonly cancelling: boolean
  /** Its worker does not answer any more. */
  readonly stalled: boolean
  /** How long jobs of its type take; absent where nobody knows yet. */
  readonly estimate?: TypeEstimate
  /** Where it stands in line, if it does. */
  readonly place?: QueuePlace
  readonly nowMs: number
}

/** The time before which a pending job does not start. */
export const startsAtMs = (job: Job): number =>
  Math.max(job.runAt.epochMilliseconds, job.nextRetryAt?.epochMilliseconds ?? 0)

export const showJob = (job: Job, type: KnownType, nowMs: number): ShownJob => {
  const openPrompts = job.prompt === undefined ? 0 : 1
  const facts = { status: job.status, runAtMs: startsAtMs(job), retryCount: job.retryCount, openPrompts }
  const running = job.status === "in_progress"
  return {
    job,
    status: shownStatus(facts, nowMs),
    title: type?.title ?? job.jobType,
    steps: type?.steps ?? [],
    cancelling: running && job.cancelRequestedAt !== undefined,
    stalled: running && (job.waitingFor ?? []).some((reason) => reason.code === "lease_lost"),
    nowMs
  }
}

/** "Add item tags · Sushi Ito": what a job is called in lists, titles and dialogs. */
export const jobName = ({ job, title }: ShownJob): string =>
  job.restaurantId === undefined ? title : `${title} · ${job.restaurantId}`

/** What people read for a step: its title, or its name where the job type does not know it. "Plan a day 2" where it repeats. */
export const stepTitle = (steps: ReadonlyArray<StepDefinition>, name: string): string => {
  const found = declaredStep(steps, name)
  if (found === undefined) return name
  return found.number === undefined ? found.step.title : `${found.step.title} ${found.number}`
}

/**
 * "2 of 4": the tries so far, and how many there are at most; those that were handed back are counted in both. Of a job that
 * has ended only how many there were: nothing more comes by itself.
 */
export const triesText = ({ status, attempts, retryCount, maxRetries }: Job): string => {
  if (attempts === 0) return "none"
  if (isTerminal(status)) return String(attempts)
  const left = maxRetries - retryCount + (status === "pending" ? 1 : 0)
  return `${attempts} of ${attempts + Math.max(0, left)}`
}
