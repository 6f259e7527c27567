/**
 * The state machine of a job. The database checks the same transitions again (migrations), so a bug in one place
 * cannot write an impossible history.
 *
 *   pending --claim--> in_progress --complete--> completed
 *      ^                  |  |  +------fail-----> failed ----+
 *      |                  |  +------cancel------> cancelled -+
 *      +--retryLater, release--+                             |
 *      +-----------------------retry-------------------------+
 *   pending --cancel--> cancelled        pending --fail--> failed (expired before it ran)
 */
import { Schema } from "effect"

export const JobStatus = Schema.Literals(["pending", "in_progress", "completed", "failed", "cancelled"])
export type JobStatus = typeof JobStatus.Type

export const jobStatuses: ReadonlyArray<JobStatus> = JobStatus.literals

export type JobTransition = "claim" | "complete" | "fail" | "cancel" | "retryLater" | "release" | "retry"

const transitions: Record<JobStatus, Partial<Record<JobTransition, JobStatus>>> = {
  pending: { claim: "in_progress", cancel: "cancelled", fail: "failed" },
  in_progress: {
    complete: "completed",
    fail: "failed",
    cancel: "cancelled",
    retryLater: "pending",
    release: "pending"
  },
  completed: {},
  failed: { retry: "pending" },
  cancelled: { retry: "pending" }
}

/** The status after a transition, or undefined when the state machine has no such arrow. */
export const statusAfter = (status: JobStatus, transition: JobTransition): JobStatus | undefined =>
  transitions[status][transition]

export const isTerminal = (status: JobStatus): boolean =>
  status === "completed" || status === "failed" || status === "cancelled"

/** Whether a person may ask for the job to stop. Asking twice is allowed and changes nothing. */
export const canCancel = (status: JobStatus): boolean => !isTerminal(status)

export const canRetry = (status: JobStatus): boolean => statusAfter(status, "retry") !== undefined

/** What people see: the stored status, made more precise by times and questions. */
export const ShownStatus = Schema.Literals([
  "pending",
  "scheduled",
  "in_progress",
  "retry_wait",
  "needs_input",
  "completed",
  "failed",
  "cancelled"
])
export type ShownStatus = typeof ShownStatus.Type

export interface ShownStatusFacts {
  readonly status: JobStatus
  /** The job may not start before this time (milliseconds since the epoch). */
  readonly runAtMs: number
  readonly retryCount: number
  readonly openPrompts: number
}

export const shownStatus = (job: ShownStatusFacts, nowMs: number): ShownStatus => {
  if (isTerminal(job.status)) return job.status
  if (job.openPrompts > 0) return "needs_input"
  if (job.status === "pending" && job.runAtMs > nowMs) return job.retryCount > 0 ? "retry_wait" : "scheduled"
  return job.status
}
