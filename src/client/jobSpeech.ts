/** What pages of other people say of a job, whatever they draw it with: words and a number. */
import { hasEnded, type JobStatusView } from "./wire.ts"
import { type ShownStatus, shownStatus, statusWords, stepText, titleOf, waitingText } from "./words.ts"

export interface JobSpeech {
  readonly title: string
  readonly shown: ShownStatus
  /** "Running" */
  readonly word: string
  /** What it does, or why it does not; of a failed job, its error. */
  readonly message: string | undefined
  /** 0 to 100; absent where nobody knows. */
  readonly percent: number | undefined
}

/** A job that waits is at no step, whatever an earlier try came to. */
const messageOf = (job: JobStatusView): string | undefined => {
  const { progress, status } = job
  if (hasEnded(status)) return status === "failed" ? job.error?.message : undefined
  if (status === "in_progress" && job.cancelRequestedAt !== undefined) return "Stopping…"
  const doing = progress.message ?? (status === "in_progress" ? stepText(job) : undefined)
  return job.prompt?.label ?? waitingText(job.waitingFor) ?? doing
}

const percentOf = ({ progress, status }: JobStatusView): number | undefined => {
  if (status === "completed") return 100
  const isUnknown = status === "in_progress" && progress.totalSteps === 0 && progress.percent === 0
  return isUnknown ? undefined : Math.round(progress.percent)
}

/** `givenTitle` stands for the name of the job type. */
export const sayJob = (job: JobStatusView, givenTitle: string | undefined): JobSpeech => {
  const shown = shownStatus(job)
  return {
    title: givenTitle ?? titleOf(job.jobType),
    shown,
    word: statusWords[shown],
    message: messageOf(job),
    percent: percentOf(job)
  }
}
