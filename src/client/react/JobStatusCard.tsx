/** @jsxImportSource react */
import { type Appearance, rootProps } from "./appearance.ts"
import { Facts, timeFacts } from "./JobFacts.tsx"
import { Bar } from "./JobProgressBar.tsx"
import { StatusIcon } from "./StatusIcon.tsx"
import { isTicking, sayFollowed } from "./sayFollowed.ts"
import { type JobStatusOptions, useJobStatus } from "./useJobStatus.ts"
import { useNow } from "./useNow.ts"

export interface JobStatusCardProps<Result = unknown> extends JobStatusOptions<Result>, Appearance {
  /** An id of the job, or the `clientRef` of one that is being created. Nothing is shown without. */
  readonly jobId: string | undefined
  /** Default: the name of its type, readable. */
  readonly title?: string | undefined
  /** Makes the card a link, to the page that shows the whole job. */
  readonly href?: string | undefined
}

/** A card for lists and dashboards: what, how it stands, since when. */
export const JobStatusCard = <Result = unknown>({
  className,
  href,
  jobId,
  style,
  theme,
  title: givenTitle,
  ...options
}: JobStatusCardProps<Result>) => {
  const followed = useJobStatus<Result>(jobId, options)
  const { isOptimistic, isReconnecting, isUnavailable, job } = followed
  const now = useNow(isTicking(followed))
  const { message, percent, shown, step, title, word } = sayFollowed(followed, givenTitle)
  if (jobId === undefined) return null
  const text = isReconnecting ? "Connection lost, trying again…" : message
  const root = rootProps("cb-card", shown, { className, style, theme })
  const content = (
    <>
      <span className="cb-head">
        <span className="cb-title">{title}</span>
        <span className="cb-badge">
          <StatusIcon status={shown} />
          {word}
        </span>
      </span>
      {text !== undefined && <span className="cb-message">{text}</span>}
      {isTicking(followed) && <Bar label={`Progress of ${title}`} value={percent} valueText={step} />}
      {job !== undefined && !isOptimistic && !isUnavailable && <Facts facts={timeFacts(job, now).slice(0, 2)} />}
    </>
  )
  return href === undefined ? (
    <article {...root} aria-label={title}>
      {content}
    </article>
  ) : (
    <a {...root} href={href}>
      {content}
    </a>
  )
}
