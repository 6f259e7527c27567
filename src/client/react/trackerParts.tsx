/** @jsxImportSource react */
import { useEffect, useRef, useState } from "react"
import type { TrackedJob } from "./TrackedJob.ts"
import type { FollowedJob } from "./useJobPolling.ts"
import { useKeptFocus } from "./useKeptFocus.ts"

/** What a reader should know beside the job itself. */
export const JobNote = ({ followed }: { readonly followed: FollowedJob }) => {
  const { actionError, isReconnecting, isStopped, job } = followed
  const text = isReconnecting
    ? job === undefined
      ? "No connection. Trying again…"
      : "Connection lost. This is the last that is known; trying again…"
    : isStopped
      ? "No longer updated."
      : undefined
  return (
    <>
      {text !== undefined && <p className="cb-note">{text}</p>}
      {actionError !== undefined && (
        <p className="cb-note" role="alert">
          {actionError.message}
        </p>
      )}
    </>
  )
}

/** Retry takes the place of Cancel: the second half of a double click is not meant for it. */
const DOUBLE_CLICK_MS = 500

interface JobButtonsProps {
  readonly followed: FollowedJob
  readonly title: string
  readonly isSmall?: boolean
}

/** Cancel and retry, where the job allows it, and asking again where it cannot be looked at. Their names say which job, for pages with more than one. */
export const JobButtons = ({ followed, isSmall = false, title }: JobButtonsProps) => {
  const { canCancel, canRetry, cancel, isCancelling, isRetrying, isUnavailable, refetch, retry } = followed
  const { isUsed, place } = useKeptFocus(`${canCancel} ${canRetry}`)
  const size = isSmall ? " cb-button-small" : ""
  const cancelledAt = useRef(0)
  if (isUnavailable) {
    return (
      <div className="cb-actions">
        <button
          type="button"
          className={`cb-button${size}`}
          aria-label={`Try again to show ${title}`}
          onClick={refetch}
        >
          Try again
        </button>
      </div>
    )
  }
  if (!canCancel && !canRetry) return null
  const use = (act: () => Promise<void>) => {
    isUsed.current = true
    void act()
  }
  return (
    <div className="cb-actions" ref={place} tabIndex={-1}>
      {canRetry && (
        <button
          type="button"
          className={`cb-button cb-button-main${size}`}
          aria-label={`Retry ${title}`}
          disabled={isRetrying}
          onClick={() => {
            if (Date.now() - cancelledAt.current >= DOUBLE_CLICK_MS) use(() => retry())
          }}
        >
          Retry
        </button>
      )}
      {canCancel && (
        <button
          type="button"
          className={`cb-button${size}`}
          aria-label={`Cancel ${title}`}
          disabled={isCancelling}
          onClick={() => {
            cancelledAt.current = Date.now()
            use(cancel)
          }}
        >
          Cancel
        </button>
      )}
    </div>
  )
}

interface SaidProps {
  readonly job: TrackedJob | undefined
  readonly title: string
  readonly word: string
}

/**
 * Tells screen readers of a new status, once each. Progress is not told: who wants to know asks the bar. What the
 * page came with is not news either, so it begins empty.
 */
export const Said = ({ job, title, word }: SaidProps) => {
  const [said, setSaid] = useState("")
  const [known, setKnown] = useState<string>()
  const status = job && `${job.status} ${word}`
  useEffect(() => {
    if (status === undefined) return
    if (known !== undefined && known !== status) setSaid(`${title}: ${word}`)
    setKnown(status)
  }, [known, status, title, word])
  return (
    <span className="cb-said" role="status">
      {said}
    </span>
  )
}
