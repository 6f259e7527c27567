/** The one sentence that says how a job is doing. Badges and bars only repeat it. */
import { closed, due, type Sentence, sentenceText } from "./Sentence.ts"
import { type ShownJob, startsAtMs, stepTitle } from "./ShownJob.ts"
import { runningFlags, statusWords } from "./StatusWords.ts"
import { durationText } from "./Times.ts"
import { waitingSentence } from "./WaitingSentence.ts"

/** "Step 3 of 8" with the step's title; none before the first step. */
const position = ({ job, steps }: ShownJob): string | undefined => {
  const { step, stepName, totalSteps } = job.progress
  if (step === undefined) return undefined
  const title = stepName === undefined ? "" : `: ${stepTitle(steps, stepName)}`
  return `${totalSteps > 0 ? `Step ${step} of ${totalSteps}` : `Step ${step}`}${title}`
}

const runningSentence = (shown: ShownJob): Sentence => {
  const { message } = shown.job.progress
  const at = position(shown)
  const doing = at === undefined ? (message ?? "Starting") : message === undefined ? at : `${at}, ${message}`
  if (shown.stalled) return [runningFlags.stalled.sentence]
  return [closed(doing), shown.cancelling ? ` ${runningFlags.cancelling.sentence}` : ""]
}

const pendingSentence = ({ job }: ShownJob): Sentence => {
  const [reason] = job.waitingFor ?? []
  return reason === undefined ? [statusWords.pending.sentence] : waitingSentence(reason, job)
}

/** "Step 1 of 5: Sign in. Needs an answer: Code from the text message." */
const needsInputSentence = (shown: ShownJob): Sentence => {
  const at = position(shown)
  const { prompt } = shown.job
  const asks = prompt === undefined ? statusWords.needs_input.sentence : `Needs an answer: ${closed(prompt.label)}`
  return [at === undefined ? asks : `${closed(at)} ${asks}`]
}

const failedSentence = ({ job }: ShownJob): Sentence => {
  const { step, totalSteps } = job.progress
  const where = step === undefined ? "" : ` at step ${step}${totalSteps > 0 ? ` of ${totalSteps}` : ""}`
  const tries = job.attempts > 1 ? ` after ${job.attempts} tries` : ""
  return [job.error ? `Failed${where}${tries}: ${closed(job.error.message)}` : `Failed${where}${tries}.`]
}

const cancelledSentence = (shown: ShownJob): Sentence => {
  const at = position(shown)
  return [
    shown.job.attempts === 0 || at === undefined
      ? "Cancelled before it did anything."
      : `Cancelled at ${at.replace("Step", "step")}.`
  ]
}

export const jobSentence = (shown: ShownJob): Sentence => {
  const { job } = shown
  switch (shown.status) {
    case "pending":
      return pendingSentence(shown)
    case "scheduled":
      if (job.waitingFor?.[0]?.code === "prompts_full") return pendingSentence(shown)
      return ["Starts by itself ", due(startsAtMs(job)), "."]
    case "retry_wait":
      return [
        job.error ? `Try ${job.attempts} failed: ${closed(job.error.message)}` : `Try ${job.attempts} failed.`,
        " Next try ",
        due(startsAtMs(job)),
        "."
      ]
    case "in_progress":
      return runningSentence(shown)
    case "needs_input":
      return needsInputSentence(shown)
    case "completed":
      return [
        job.durationMs === undefined
          ? "Finished and checked."
          : `Finished and checked in ${durationText(job.durationMs)}.`
      ]
    case "failed":
      return failedSentence(shown)
    case "cancelled":
      return cancelledSentence(shown)
  }
}

export const jobSentenceText = (shown: ShownJob): string => sentenceText(jobSentence(shown), shown.nowMs)
