/** What a component says of a job, from what it follows. */
import { type ShownStatus, statusWords, stepText, titleOf, waitingText } from "../words.ts"
import type { TrackedJob } from "./TrackedJob.ts"
import type { FollowedJob } from "./useJobPolling.ts"

interface JobSpeech {
  readonly title: string
  /** How it is drawn: what cannot be looked at is drawn like what failed, and does not move. */
  readonly shown: ShownStatus
  /** "Running" */
  readonly word: string
  /** What it does, or why it does not. */
  readonly message: string | undefined
  /** 0 to 100; absent where nobody knows. */
  readonly percent: number | undefined
  readonly step: string | undefined
}

const messageOf = (job: TrackedJob): string | undefined => {
  if (job.status === "in_progress" && job.cancelRequestedAt !== undefined) return "Stopping…"
  if (job.prompt !== undefined) return job.prompt.label
  if (job.status === "in_progress") return job.progress.message ?? stepText(job)
  if (job.status === "pending") return waitingText(job.waitingFor) ?? job.progress.message
  return job.status === "failed" ? job.error?.message : undefined
}

const percentOf = ({ progress, status }: TrackedJob): number | undefined => {
  if (status === "completed") return 100
  return status === "in_progress" && progress.totalSteps === 0 && progress.percent === 0 ? undefined : progress.percent
}

const lostWord = ({ error, isNotCreated }: FollowedJob): string => {
  if (error === undefined) return "Loading…"
  return isNotCreated ? "Not started" : "Not available"
}

export const sayJob = (followed: FollowedJob, givenTitle: string | undefined): JobSpeech => {
  const { error, isUnavailable, job, shownStatus } = followed
  const title = givenTitle ?? (job === undefined ? "Job" : titleOf(job.jobType))
  if (job === undefined || shownStatus === undefined || isUnavailable) {
    const shown = error === undefined ? "pending" : "failed"
    return { title, shown, word: lostWord(followed), message: error?.message, percent: undefined, step: undefined }
  }
  return {
    title,
    shown: shownStatus,
    word: statusWords[shownStatus],
    message: messageOf(job),
    percent: percentOf(job),
    step: stepText(job)
  }
}

/** Whether time goes on for it, as far as is known. */
export const isTicking = ({ isUnavailable, job }: FollowedJob): boolean =>
  job?.status === "in_progress" && !isUnavailable
