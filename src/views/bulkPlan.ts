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

/** What was not counted to the end may be nothing as well as very many. */
export const isNothing = ({ changed, isAtLeast }: BulkPlan): boolean => changed === 0 && !isAtLeast

export const needsReason = ({ action, changed, isAtLeast }: BulkPlan): boolean =>
  DESTRUCTIVE.includes(action) || isAtLeast || changed > MOST_WITHOUT_REASON

/** What people agree to: a number, or that nobody knows the number, which may then change as it likes. */
export const agreedTo = ({ changed, isAtLeast }: BulkPlan): string => (isAtLeast ? "at least" : String(changed))

/**
 * Whether the plan is what they agreed to. Of what is cancelled there may be less by now: jobs that go on end all the
 * time, and nobody is harmed who has one stopped less.
 */
export const isAgreed = (agreed: string, plan: BulkPlan): boolean =>
  agreed === agreedTo(plan) ||
  (plan.action === "cancel" &&
    !plan.isAtLeast &&
    plan.changed > 0 &&
    (agreed === "at least" || Number(agreed) > plan.changed))

const verbs: Readonly<Record<BulkAction, string>> = { cancel: "Cancel", retry: "Retry" }

export const jobsText = (jobs: number, isAtLeast = false): string => {
  const number = jobs.toLocaleString("en")
  if (isAtLeast) return `at least ${number} jobs`
  return jobs === 1 ? "1 job" : `${number} jobs`
}

/** "31 jobs"; all, where not even one of them was met while counting. */
export const changedText = ({ changed, isAtLeast }: BulkPlan): string =>
  isAtLeast && changed === 0 ? "all that match" : jobsText(changed, isAtLeast)

/** "Cancel 31 jobs" */
export const planLabel = (plan: BulkPlan): string => `${verbs[plan.action]} ${changedText(plan)}`

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
