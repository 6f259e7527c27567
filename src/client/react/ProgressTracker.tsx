/** @jsxImportSource react */
import type { ReactNode } from "react"
import { type Appearance, rootProps } from "./appearance.ts"
import { JobDetailsBox } from "./JobDetailsBox.tsx"
import { Facts, timeFacts } from "./JobFacts.tsx"
import { JobOutcome } from "./JobOutcome.tsx"
import { Bar } from "./JobProgressBar.tsx"
import { JobQuestion } from "./JobQuestion.tsx"
import { StatusIcon } from "./StatusIcon.tsx"
import { isTicking, sayFollowed } from "./sayFollowed.ts"
import { questionOf, type TrackedJob } from "./TrackedJob.ts"
import { JobButtons, JobNote, Said } from "./trackerParts.tsx"
import { type JobStatusOptions, useJobStatus } from "./useJobStatus.ts"
import { useKeptFocus } from "./useKeptFocus.ts"
import { useNow } from "./useNow.ts"

export interface ProgressTrackerProps<Result = unknown> extends JobStatusOptions<Result>, Appearance {
  /** An id of the job, or the `clientRef` of one that is being created. Nothing is shown without. */
  readonly jobId: string | undefined
  /** Default: the name of its type, readable. */
  readonly title?: string | undefined
  /** A part to unfold with ids, times and the result. Default: false. */
  readonly showDetails?: boolean | undefined
  /** Buttons to cancel and to retry, where the job allows it. Default: true. */
  readonly showActions?: boolean | undefined
  /** What the job asks, with a field or buttons to answer it. Default: true. */
  readonly showQuestion?: boolean | undefined
  /** What is said of a completed job. */
  readonly successText?: string | undefined
  /** What a completed job is shown with. */
  readonly renderResult?: ((result: Result, job: TrackedJob<Result>) => ReactNode) | undefined
}

/** The full card of one job: what it does, how far it is, how it ended, and what can be done. */
export const ProgressTracker = <Result = unknown>({
  className,
  jobId,
  renderResult,
  showActions = true,
  showDetails = false,
  showQuestion = true,
  style,
  successText,
  theme,
  title: givenTitle,
  ...options
}: ProgressTrackerProps<Result>) => {
  const followed = useJobStatus<Result>(jobId, options)
  const { error, isEnded, isOptimistic, isUnavailable, job } = followed
  const now = useNow(isTicking(followed))
  const { isUsed, place } = useKeptFocus(job && questionOf(job))
  const { message, percent, shown, step, title, word } = sayFollowed(followed, givenTitle)
  if (jobId === undefined) return null
  const isGone = error !== undefined && !isEnded
  const isAsked = showQuestion && shown === "needs_input"
  const facts = job === undefined || isOptimistic || isUnavailable ? [] : timeFacts(job, now)
  return (
    // A group, not a region: a page may have many, and landmarks are to be few.
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div
      ref={place}
      tabIndex={-1}
      role="group"
      {...rootProps("cb-tracker", shown, { className, style, theme })}
      aria-label={title}
      aria-busy={followed.isLoading || undefined}
    >
      <div className="cb-head">
        <span className="cb-mark">
          <StatusIcon status={shown} />
        </span>
        <div className="cb-heading">
          <p className="cb-title">{title}</p>
          <p className="cb-line">
            <span className="cb-word">{word}</span>
            {message !== undefined && shown !== "failed" && !isAsked && <span className="cb-message">{message}</span>}
          </p>
        </div>
        {percent !== undefined && percent > 0 && !isEnded && (
          <span className="cb-percent" aria-hidden="true">
            {percent}%
          </span>
        )}
      </div>
      {!isGone && <Bar label={`Progress of ${title}`} value={percent} valueText={step} />}
      <Facts facts={step !== undefined && !isEnded ? [["Step", step.slice("Step ".length)], ...facts] : facts} />
      <JobNote followed={followed} />
      {isAsked && <JobQuestion followed={followed} now={now} isUsed={isUsed} />}
      <JobOutcome followed={followed} successText={successText} renderResult={renderResult} />
      {showDetails && job !== undefined && <JobDetailsBox job={job} now={now} />}
      {showActions && <JobButtons followed={followed} title={title} />}
      <Said job={job} word={word} title={title} />
    </div>
  )
}
