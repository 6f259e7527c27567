/** What a component says of a job, from what it follows. */
import { type JobSpeech, sayJob } from "../jobSpeech.ts"
import { stepText, titleOf } from "../words.ts"
import type { FollowedJob } from "./useJobPolling.ts"

interface FollowedSpeech extends JobSpeech {
  readonly step: string | undefined
}

const lostWord = ({ error, isNotCreated }: FollowedJob): string => {
  if (error === undefined) return "Loading…"
  return isNotCreated ? "Not started" : "Not available"
}

/** What cannot be looked at is drawn like what failed, and does not move. */
export const sayFollowed = (followed: FollowedJob, givenTitle: string | undefined): FollowedSpeech => {
  const { error, isUnavailable, job } = followed
  if (job !== undefined && !isUnavailable) return { ...sayJob(job, givenTitle), step: stepText(job) }
  const title = givenTitle ?? (job === undefined ? "Job" : titleOf(job.jobType))
  const shown = error === undefined ? "pending" : "failed"
  return { title, shown, word: lostWord(followed), message: error?.message, percent: undefined, step: undefined }
}

/** Whether time goes on for it, as far as is known. */
export const isTicking = ({ isUnavailable, job }: FollowedJob): boolean =>
  job?.status === "in_progress" && !isUnavailable
