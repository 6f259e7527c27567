/** @jsxImportSource react */
import { type Appearance, rootProps } from "./appearance.ts"
import { Bar } from "./JobProgressBar.tsx"
import { StatusIcon } from "./StatusIcon.tsx"
import { sayFollowed } from "./sayFollowed.ts"
import { JobButtons } from "./trackerParts.tsx"
import { type JobStatusOptions, useJobStatus } from "./useJobStatus.ts"

export interface CompactProgressTrackerProps<Result = unknown> extends JobStatusOptions<Result>, Appearance {
  /** An id of the job, or the `clientRef` of one that is being created. Nothing is shown without. */
  readonly jobId: string | undefined
  /** Default: the name of its type, readable. */
  readonly title?: string | undefined
  /** Buttons to cancel and to retry, where the job allows it. Default: false. */
  readonly showActions?: boolean | undefined
}

/** One line of a list, a table or a toolbar. */
export const CompactProgressTracker = <Result = unknown>({
  className,
  jobId,
  showActions = false,
  style,
  theme,
  title: givenTitle,
  ...options
}: CompactProgressTrackerProps<Result>) => {
  const followed = useJobStatus<Result>(jobId, options)
  const { actionError, error, isEnded, isReconnecting } = followed
  const { message, percent, shown, step, title, word } = sayFollowed(followed, givenTitle)
  if (jobId === undefined) return null
  const text = isReconnecting ? "Connection lost, trying again…" : (actionError?.message ?? message)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div {...rootProps("cb-compact", shown, { className, style, theme })} role="group" aria-label={title}>
      <StatusIcon status={shown} />
      <div className="cb-heading">
        <p className="cb-title">{title}</p>
        <p className="cb-line">
          <span className="cb-word">{word}</span>
          {text !== undefined && <span className="cb-message">{text}</span>}
        </p>
      </div>
      {!isEnded && error === undefined && (
        <div className="cb-measure">
          <Bar label={`Progress of ${title}`} value={percent} valueText={step} />
          <span className="cb-percent" aria-hidden="true">
            {percent ? `${percent}%` : ""}
          </span>
        </div>
      )}
      {showActions && <JobButtons followed={followed} title={title} isSmall />}
    </div>
  )
}
