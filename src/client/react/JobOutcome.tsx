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
  const { error, isNotCreated, job } = followed
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
  if (error === undefined || (job !== undefined && job.status !== "failed")) return null
  const unknown = isNotCreated ? "This job could not be started" : "This job cannot be shown"
  return (
    <div className="cb-outcome">
      <p className="cb-outcome-title">{job === undefined ? unknown : error.message}</p>
      {job === undefined && <p className="cb-outcome-text">{error.message}</p>}
      {hintOf(error) !== undefined && <p className="cb-outcome-text">{hintOf(error)}</p>}
    </div>
  )
}
