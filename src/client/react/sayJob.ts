/** What a component says of a job, from what it follows. */
import { statusWords, stepText, titleOf, waitingText } from "../words.ts"
import type { TrackedJob } from "./TrackedJob.ts"
import type { FollowedJob } from "./useJobPolling.ts"

interface JobSpeech {
  readonly title: string
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

const unknownWord = ({ error, isNotCreated }: FollowedJob): string => {
  if (error === undefined) return "Loading…"
  return isNotCreated ? "Not started" : "Not available"
}

export const sayJob = (followed: FollowedJob, title: string | undefined): JobSpeech => {
  const { error, job, shownStatus } = followed
  if (job === undefined || shownStatus === undefined) {
    return {
      title: title ?? "Job",
      word: unknownWord(followed),
      message: error?.message,
      percent: undefined,
      step: undefined
    }
  }
  return {
    title: title ?? titleOf(job.jobType),
    word: statusWords[shownStatus],
    message: messageOf(job),
    percent: percentOf(job),
    step: stepText(job)
  }
}
