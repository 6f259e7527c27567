/** What <callboard-job> knows of its job, and what it says of it: words and numbers, no page. */
import { type JobSpeech, sayJob } from "../jobSpeech.ts"
import { hasEnded, type JobStatusView } from "../wire.ts"
import { aboutText, durationText, titleOf } from "../words.ts"

export interface JobState {
  readonly status?: JobStatusView
  /** Why the job cannot be shown, or why what was asked could not be done. */
  readonly trouble?: string
  /** The job is followed no more, although it goes on: `status` is the last that was heard of it. */
  readonly isUnavailable?: boolean
  /** What a button says is under way. */
  readonly isBusy: boolean
}

export interface ElementSpeech extends Omit<JobSpeech, "shown"> {
  readonly shown: JobSpeech["shown"] | "loading"
  readonly facts: ReadonlyArray<readonly [name: string, value: string]>
  /** How it ended, if not well, and what can be done. */
  readonly outcome: { readonly title: string; readonly text: string | undefined } | undefined
  /** Why what was asked could not be done. */
  readonly trouble: string | undefined
  /** Nothing can change any more, as far as is known. */
  readonly isOver: boolean
  readonly canRetry: boolean
  /** It cannot be followed now; perhaps it can again. */
  readonly canTryAgain: boolean
}

const factsOf = ({ durationMs, etaMs, status }: JobStatusView): ElementSpeech["facts"] => {
  if (hasEnded(status)) return durationMs === undefined ? [] : [["Took", durationText(durationMs)]]
  return etaMs === undefined || status !== "in_progress" ? [] : [["Left", `about ${aboutText(etaMs)}`]]
}

const unknown = (trouble: string | undefined, title: string, problem: string): ElementSpeech => {
  const nothing = { title, message: trouble, percent: 0, facts: [], trouble: undefined, isOver: true, canRetry: false }
  if (trouble === undefined) {
    return { ...nothing, shown: "loading", word: "Loading…", outcome: undefined, canTryAgain: false }
  }
  return {
    ...nothing,
    shown: "failed",
    word: "Not available",
    outcome: { title: problem, text: trouble },
    canTryAgain: true
  }
}

/** `label` stands for the name of the job type. */
export const speechOf = ({ isUnavailable, status, trouble }: JobState, label: string | undefined): ElementSpeech => {
  if (status === undefined) return unknown(trouble, label ?? "Job", "This job cannot be shown")
  if (isUnavailable && !hasEnded(status.status)) {
    return unknown(trouble, label ?? titleOf(status.jobType), "This job cannot be followed any more")
  }
  const { error } = status
  return {
    ...sayJob(status, label),
    facts: factsOf(status),
    outcome: status.status === "failed" && error ? { title: error.message, text: error.hint } : undefined,
    trouble,
    isOver: hasEnded(status.status),
    canRetry: status.status === "failed" || status.status === "cancelled",
    canTryAgain: false
  }
}
