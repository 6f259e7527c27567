/** What an action on many jobs would do, in words, before anybody asks for it. */
import { COUNT_LIMIT, type JobCounts } from "../domain/JobReports.ts"
import { ShownStatus } from "../domain/JobStatus.ts"
import type { BulkAction } from "../domain/Jobs.ts"
import { type JobsQuery, sinceWords } from "./JobsQuery.ts"
import { statusWords } from "./StatusWords.ts"

const changes: Readonly<Record<BulkAction, ReadonlyArray<ShownStatus>>> = {
  cancel: ["pending", "scheduled", "retry_wait", "in_progress", "needs_input"],
  retry: ["failed", "cancelled"]
}

/** Statuses of an action that stops what somebody wanted. */
const DESTRUCTIVE: ReadonlyArray<BulkAction> = ["cancel"]

/** More jobs than this are changed only with a reason. */
const MOST_WITHOUT_REASON = 20

export interface BulkPlan {
  readonly action: BulkAction
  /** Jobs that will be changed; `isAtLeast` where counting stopped. */
  readonly changed: number
  readonly isAtLeast: boolean
  /** Jobs that are left alone, and why. */
  readonly skipped: ReadonlyArray<{ readonly status: ShownStatus; readonly jobs: number; readonly isAtLeast: boolean }>
}

export const bulkPlan = (action: BulkAction, counts: Partial<JobCounts>): BulkPlan => {
  const entries = ShownStatus.literals.map((status) => {
    const jobs = counts[status] ?? 0
    return { status, jobs, isAtLeast: jobs >= COUNT_LIMIT || counts.atLeast?.includes(status) === true }
  })
  const hit = entries.filter(({ status }) => changes[action].includes(status))
  return {
    action,
    changed: hit.reduce((sum, { jobs }) => sum + jobs, 0),
    isAtLeast: hit.some(({ isAtLeast }) => isAtLeast),
    skipped: entries.filter(({ jobs, status }) => jobs > 0 && !changes[action].includes(status))
  }
}

export const needsReason = ({ action, changed }: BulkPlan): boolean =>
  DESTRUCTIVE.includes(action) || changed > MOST_WITHOUT_REASON

const verbs: Readonly<Record<BulkAction, string>> = { cancel: "Cancel", retry: "Retry" }

export const jobsText = (jobs: number, isAtLeast = false): string => {
  const number = jobs.toLocaleString("en")
  if (isAtLeast) return `at least ${number} jobs`
  return jobs === 1 ? "1 job" : `${number} jobs`
}

/** "Cancel 31 jobs" */
export const planLabel = ({ action, changed, isAtLeast }: BulkPlan): string =>
  `${verbs[action]} ${jobsText(changed, isAtLeast)}`

export const skippedText = (action: BulkAction, { isAtLeast, jobs, status }: BulkPlan["skipped"][number]): string => {
  const why = action === "cancel" ? "nothing to cancel" : "only failed and cancelled jobs are retried"
  const state = isAtLeast ? "at least " : ""
  return `${state}${jobs.toLocaleString("en")} ${statusWords[status].word.toLowerCase()}: ${why}`
}

/** "Failed · type add-item-tags · restaurant sushi-ito · “timeout”" */
export const filterWords = (query: JobsQuery): string => {
  const { batch, error, label, q, queue, restaurant, since, status, type } = query
  const words = [
    ...(status.length > 0 ? [status.map((each) => statusWords[each].word).join(" or ")] : []),
    ...(type ? [`type ${type}`] : []),
    ...(restaurant ? [`restaurant ${restaurant}`] : []),
    ...(label ? [`label ${label}`] : []),
    ...(queue ? [`lane ${queue}`] : []),
    ...(error ? [`failure ${error}`] : []),
    ...(batch ? [`batch ${batch}`] : []),
    ...(q ? [`“${q}”`] : []),
    ...(since ? [`created in ${sinceWords(since)}`] : [])
  ]
  return words.length === 0 ? "all jobs" : words.join(" · ")
}
