/** @jsxImportSource react */
import type { ReactNode } from "react"
import type { TrackedJob } from "./TrackedJob.ts"
import type { FollowedJob } from "./useJobPolling.ts"

interface JobOutcomeProps<Result> {
  readonly followed: FollowedJob<Result>
  readonly successText: string | undefined
  readonly renderResult: ((result: Result, job: TrackedJob<Result>) => ReactNode) | undefined
}

const hintOf = (error: object): string | undefined =>
  "hint" in error && typeof error.hint === "string" ? error.hint : undefined

/** How it ended. Nothing while it goes on, and nothing of a cancelled job: the status says it. */
export const JobOutcome = <Result,>({ followed, renderResult, successText }: JobOutcomeProps<Result>) => {
  const { error, isNotCreated, isUnavailable, job } = followed
  if (job?.status === "completed") {
    const result = job.result === undefined ? undefined : renderResult?.(job.result, job)
    if (result === undefined && successText === undefined) return null
    return (
      <div className="cb-outcome">
        {successText !== undefined && <p className="cb-outcome-title">{successText}</p>}
        {result}
      </div>
    )
  }
  if (error === undefined || job?.status === "cancelled") return null
  const known = isUnavailable ? "This job cannot be followed any more" : undefined
  const unknown = isNotCreated ? "This job could not be started" : "This job cannot be shown"
  const title = job === undefined ? unknown : known
  return (
    <div className="cb-outcome">
      <p className="cb-outcome-title">{title ?? error.message}</p>
      {title !== undefined && <p className="cb-outcome-text">{error.message}</p>}
      {hintOf(error) !== undefined && <p className="cb-outcome-text">{hintOf(error)}</p>}
    </div>
  )
}
