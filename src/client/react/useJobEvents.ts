import { useCallback, useEffect, useRef, useSyncExternalStore } from "react"
import type { JobEvent } from "../wire.ts"
import { useJobQueries } from "./JobsProvider.tsx"
import { type FollowedJob, type JobPollingOptions, useJobPolling } from "./useJobPolling.ts"

export interface JobEventsOptions<Result = unknown> extends JobPollingOptions<Result> {
  /** Each event once, in order; log lines too. */
  readonly onEvent?: ((event: JobEvent) => void) | undefined
}

export interface StreamedJob<Result = unknown> extends FollowedJob<Result> {
  /** The newest 500, oldest first. */
  readonly events: ReadonlyArray<JobEvent>
  /** False while the job is polled, because the stream is not open (yet) or broke. */
  readonly isStreaming: boolean
}

const none: ReadonlyArray<JobEvent> = []
const isNever = () => false
const noEvents = () => none

/** Also where nothing is to be streamed, because hooks cannot be called or not called. */
export const useJobStream = <Result = unknown>(
  jobId: string | undefined,
  isWanted: boolean,
  { onEvent, ...options }: JobEventsOptions<Result>
): StreamedJob<Result> => {
  const queries = useJobQueries()
  const followed = useJobPolling<Result>(jobId, options)
  const { isOptimistic, isStopped, job } = followed
  const isOpen = isWanted && (options.enabled ?? true) && !isStopped && !isOptimistic
  const stream = isOpen && job !== undefined ? queries.streamOf(job.id) : undefined

  const subscribe = useCallback((listener: () => void) => stream?.subscribe(listener) ?? (() => undefined), [stream])
  const events = useSyncExternalStore(subscribe, () => stream?.events ?? none, noEvents)
  const isStreaming = useSyncExternalStore(subscribe, () => stream?.isLive ?? false, isNever)

  const newest = useRef(onEvent)
  const told = useRef<JobEvent>(undefined)
  useEffect(() => {
    newest.current = onEvent
  })
  useEffect(() => {
    const fresh = events.slice(told.current === undefined ? 0 : events.indexOf(told.current) + 1)
    told.current = events.at(-1) ?? told.current
    for (const event of fresh) newest.current?.(event)
  }, [events])

  return { ...followed, isPolling: followed.isPolling && !isStreaming, events, isStreaming }
}

/** Follows the job by its event stream. Where that does not come through, the job is polled meanwhile. */
export const useJobEvents = <Result = unknown>(
  jobId: string | undefined,
  options: JobEventsOptions<Result> = {}
): StreamedJob<Result> => useJobStream(jobId, true, options)
