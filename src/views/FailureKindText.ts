/** A kind of failure and what can be done about it, in words. */
import { type FailureKind, type FailureWindow, isNewKind, isRising } from "../domain/FailureKinds.ts"
import { cappedText, counted } from "./OverviewText.ts"

export const windowWords: Readonly<Record<FailureWindow, string>> = {
  "1h": "the last hour",
  "24h": "the last 24 hours",
  "7d": "the last 7 days"
}

export type Trend = "new" | "rising"

/** A new kind is always news; of an old one, that it grows. */
export const trendOf = (kind: FailureKind, nowMs: number): Trend | undefined => {
  if (isNewKind(kind, nowMs)) return "new"
  return isRising(kind) ? "rising" : undefined
}

export const trendWords: Readonly<Record<Trend, { readonly word: string; readonly sentence: string }>> = {
  new: { word: "new", sentence: "Nobody had seen this before the last 24 hours." },
  rising: { word: "rising", sentence: "It fails more than twice as often as in the hours before." }
}

/** "12 failures in the last 24 hours, 9 of them in the last hour." */
export const kindSentence = ({ lastDay, lastHour, restaurants }: FailureKind): string => {
  const hour = lastHour === 0 ? "none" : cappedText(lastHour)
  const where = restaurants === 0 ? "" : ` It touches ${counted(restaurants, "restaurant", "restaurants")}.`
  return `${counted(lastDay, "failure", "failures")} in the last 24 hours, ${hour} of them in the last hour.${where}`
}

export interface RetryPlan {
  /** Jobs of the kind that are still failed; capped at `COUNT_LIMIT`. */
  readonly stillFailed: number
  readonly notRetryable: number
  /** No worker and no page knows their type any more. */
  readonly unknownType: boolean
}

export const retriedCount = ({ notRetryable, stillFailed, unknownType }: RetryPlan): number =>
  unknownType ? 0 : Math.max(0, stillFailed - notRetryable)

/** What a retry of the whole kind will do, before it is done. */
export const retryPlanSentences = (plan: RetryPlan): ReadonlyArray<string> => {
  const count = retriedCount(plan)
  if (plan.unknownType) return ["This server does not know jobs of this type any more, so none can be retried."]
  if (count === 0) return ["No job is left to retry."]
  const skipped = `${counted(plan.notRetryable, "job is", "jobs are")} left out: another job does the same already.`
  return [
    `${counted(count, "job starts", "jobs start")} again after the last step that ${count === 1 ? "it" : "each of them"} finished. Finished steps are kept.`,
    ...(plan.notRetryable === 0 ? [] : [skipped]),
    "Jobs that fail meanwhile are left alone."
  ]
}
