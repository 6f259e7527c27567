/** A failure for people: what happened, where, what we did, what you can do. */

import type { JobErrorCode, StoredError } from "../domain/JobError.ts"
import { canRetry } from "../domain/JobStatus.ts"
import { declaredStep } from "../domain/StepDefinition.ts"
import { closed } from "./Sentence.ts"
import { type ShownJob, stepTitle } from "./ShownJob.ts"

/** What a person can do, where the script gave no hint of its own. */
const advice: Readonly<Record<JobErrorCode, string>> = {
  NETWORK_ERROR: "Check that the site can be reached, then retry.",
  TIMEOUT: "Retry when the site is faster, or give the job more time.",
  NAVIGATION_TIMEOUT: "Open the site yourself to see whether it answers, then retry.",
  BROWSER_CRASHED: "Retry. If it happens again, the machine may be short of memory.",
  BROWSER_LAUNCH_FAILED: "Check that a browser is installed on the worker’s machine, then retry.",
  SESSION_EXPIRED: "Retry; the script signs in again.",
  RATE_LIMITED: "Wait some minutes before you retry: the site asked for a pause.",
  SERVICE_UNAVAILABLE: "Retry when the service is back.",
  VALIDATION_ERROR: "Retry with changes, and correct what it got.",
  INVALID_CREDENTIALS: "Check the sign-in details, then retry with changes.",
  PERMISSION_DENIED: "Ask for the missing permission on the site, then retry.",
  NOT_FOUND: "Check that what the job looks for still exists on the site.",
  ALREADY_EXISTS: "It may be done already: look at the site before you retry.",
  ELEMENT_NOT_FOUND: "The site has probably changed. Tell an engineer; retrying alone will not help.",
  OPERATOR_INPUT_TIMEOUT: "Retry and answer the question in time.",
  EXPIRED: "It could not finish before its end time. Retry if it is still needed.",
  WORKER_CRASHED: "Its worker died while doing it. Tell an engineer before you retry.",
  DEPENDENCY_FAILED: "Retry the job that it needs first, then this one.",
  BUDGET_EXCEEDED: "Give the job a larger budget, or ask for less, and start it again.",
  CONTENT_REFUSED: "Word it in another way, then start a new job.",
  SCRIPT_DEFECT: "This is a bug in the script. Tell an engineer; the log below helps them."
}

export interface FailureSentence {
  readonly what: string
  readonly where: string
  readonly did: string
  /** Absent while the job goes on by itself. */
  readonly can?: string
}

const tries = (count: number): string => (count === 1 ? "once" : `${count} times`)

const whereOf = ({ job, steps }: ShownJob, error: StoredError): string => {
  const name = error.step ?? job.progress.stepName
  if (name === undefined) return "Before the first step."
  const number = (declaredStep(steps, name)?.index ?? -1) + 1
  return `At ${number > 0 ? `step ${number} of ${steps.length}, ` : ""}“${stepTitle(steps, name)}”.`
}

const didOf = ({ job, status }: ShownJob, error: StoredError): string => {
  const made = `It was tried ${tries(job.attempts)}`
  if (status === "in_progress") return "It is being tried again."
  if (status !== "failed" && status !== "cancelled") return `${made}; the next try starts by itself.`
  if (status === "cancelled") return `${made}, then a person stopped it.`
  if (error.code === "DEPENDENCY_FAILED") return "It did not start, because it needs what that job would have done."
  if (job.attempts === 0) return "It was never tried."
  if (error.code === "EXPIRED") return "It had not finished when its time was over."
  if (error.code === "WORKER_CRASHED") return "It took its worker down three times."
  return error.retryable
    ? `${made}; no tries are left.`
    : "It was not tried again by itself, because that would most likely end in the same way."
}

export const failureSentence = (shown: ShownJob, error: StoredError): FailureSentence => ({
  what: closed(error.message),
  where: whereOf(shown, error),
  did: didOf(shown, error),
  ...(canRetry(shown.job.status) && { can: error.hint === undefined ? advice[error.code] : closed(error.hint) })
})
