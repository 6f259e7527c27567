/** The small answer for those who poll: what changes while a job runs, and when to ask again. */
import { type DateTime, Schema, Struct } from "effect"
import { Job } from "../../domain/Job.ts"
import { isTerminal } from "../../domain/JobStatus.ts"

const shown = [
  "id",
  "jobId",
  "jobType",
  "status",
  "progress",
  "etaMs",
  "waitingFor",
  "prompt",
  "error",
  "nextRetryAt",
  "cancelRequestedAt",
  "createdAt",
  "startedAt",
  "completedAt",
  "durationMs",
  "revision"
] as const

export const JobStatusView = Schema.Struct({
  ...Struct.pick(Job.fields, shown),
  pollAfterMs: Schema.optionalKey(Schema.Int).annotateKey({
    description: "How long to wait before asking again; longer for older jobs, absent when the job has ended."
  })
}).annotate({ identifier: "JobStatusView" })
export type JobStatusView = typeof JobStatusView.Type

const MINUTE_MS = 60_000

const pollAfterMs = (ageMs: number) => (ageMs < MINUTE_MS ? 2_000 : ageMs < 5 * MINUTE_MS ? 5_000 : 10_000)

export const toStatusView = (job: Job, now: DateTime.Utc): JobStatusView => ({
  ...Struct.pick(job, shown),
  ...(!isTerminal(job.status) && {
    pollAfterMs: pollAfterMs(now.epochMilliseconds - job.createdAt.epochMilliseconds)
  })
})

const hashOf = (value: unknown) => Bun.hash(JSON.stringify(value)).toString(36)

/**
 * Weak, because `pollAfterMs` and `durationMs` change with the clock. Why a job waits and what time it has left are found
 * out at each read and do not raise the revision, so they are part of the tag: of the first all, also which jobs it
 * waits for and who paused what; of the second the minutes, in which people are told it.
 */
export const statusTag = ({ etaMs, revision, waitingFor = [] }: Job) => {
  const minutesLeft = etaMs === undefined ? [] : [`${Math.ceil(etaMs / MINUTE_MS)}m`]
  const waiting = waitingFor.length === 0 ? [] : [hashOf(waitingFor)]
  return `W/"${[revision, ...minutesLeft, ...waiting].join(".")}"`
}

/** Whether an `If-None-Match` header names the tag. Weak comparison, RFC 9110 section 8.8.3.2. */
export const matchesTag = (header: string | undefined, tag: string): boolean => {
  if (header === undefined) return false
  const bare = (text: string) => text.trim().replace(/^W\//u, "")
  return header.trim() === "*" || header.split(",").some((each) => bare(each) === bare(tag))
}
