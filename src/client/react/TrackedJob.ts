/** What a page knows of a job it follows: the small status, and the result once there is one. */
import type { Job, JobStatusView } from "../wire.ts"

export interface TrackedJob<Result = unknown> extends JobStatusView {
  /** Of a completed job. */
  readonly result?: Result
  /** When this was read, by the page's clock: a running job has been running for `durationMs` and the time since. */
  readonly readAt: number
}

/** Shown while the request that creates a job is on its way. */
export const optimisticJob = (clientRef: string, jobType: string, nowMs: number): TrackedJob => ({
  id: clientRef,
  jobId: clientRef,
  jobType,
  status: "pending",
  progress: { percent: 0, totalSteps: 0, message: "Sending…" },
  createdAt: new Date(nowMs).toISOString(),
  revision: 0,
  readAt: nowMs
})

/** A whole job, as creating, cancelling and retrying give it, is known like one that was asked for. */
export const trackedJob = (job: Job, nowMs: number): TrackedJob => ({
  id: job.id,
  jobId: job.jobId,
  jobType: job.jobType,
  status: job.status,
  progress: job.progress,
  createdAt: job.createdAt,
  revision: job.revision,
  readAt: nowMs,
  ...(job.waitingFor && { waitingFor: job.waitingFor }),
  ...(job.prompt && { prompt: job.prompt }),
  ...(job.etaMs !== undefined && { etaMs: job.etaMs }),
  ...(job.error && { error: job.error }),
  ...(job.nextRetryAt && { nextRetryAt: job.nextRetryAt }),
  ...(job.cancelRequestedAt && { cancelRequestedAt: job.cancelRequestedAt }),
  ...(job.startedAt && { startedAt: job.startedAt }),
  ...(job.completedAt && { completedAt: job.completedAt }),
  ...(job.durationMs !== undefined && { durationMs: job.durationMs }),
  ...(job.result !== undefined && { result: job.result })
})

/** The same for as long as the same is asked for the same time. */
export const questionOf = ({ prompt }: TrackedJob): string | undefined => prompt && `${prompt.id} ${prompt.timesAsked}`

/** How long it has been running, or ran. */
export const runningMs = ({ completedAt, durationMs, readAt }: TrackedJob, nowMs: number): number | undefined => {
  if (durationMs === undefined) return undefined
  return completedAt === undefined ? durationMs + Math.max(0, nowMs - readAt) : durationMs
}
