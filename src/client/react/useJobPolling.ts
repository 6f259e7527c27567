import { focusManager } from "@tanstack/react-query"
import { useCallback, useState, useSyncExternalStore } from "react"
import type { CallboardError } from "../CallboardError.ts"
import { hasEnded, type JobError, type JobStatus, type Progress } from "../wire.ts"
import { type ShownStatus, shownStatus } from "../words.ts"
import { isRefusal } from "./JobQueries.ts"
import { useJobQueries } from "./JobsProvider.tsx"
import type { TrackedJob } from "./TrackedJob.ts"
import { type JobActions, useJobActions } from "./useJobActions.ts"
import { type JobCallbacks, useJobCallbacks } from "./useJobCallbacks.ts"

export interface JobPollingOptions<Result = unknown> extends JobCallbacks<Result> {
  /** Default: true. While false this component only shows what others learn. */
  readonly enabled?: boolean | undefined
}

export interface FollowedJob<Result = unknown> extends JobActions {
  /** The last that is known, also while the connection is lost. Absent until the first answer. */
  readonly job: TrackedJob<Result> | undefined
  readonly status: JobStatus | undefined
  /** The status made more precise: `scheduled`, `retry_wait`, `needs_input`. */
  readonly shownStatus: ShownStatus | undefined
  readonly progress: Progress | undefined
  /** Of a completed job. */
  readonly result: Result | undefined
  /** Why the job failed, or why the server refuses to tell of it. (`job.error` is also there between two tries.) */
  readonly error: JobError | CallboardError | Error | undefined
  /** Nothing is known yet. */
  readonly isLoading: boolean
  readonly isEnded: boolean
  /** The request that creates it is still on its way. */
  readonly isOptimistic: boolean
  /** The request that creates it was refused or got lost; `error` says why. */
  readonly isNotCreated: boolean
  /** It will be asked for again without anybody doing something. */
  readonly isPolling: boolean
  /** The tab is hidden: nothing is asked until it is seen again. */
  readonly isPaused: boolean
  readonly isStopped: boolean
  /** The server refuses to tell of it, now or from now on; `job` is the last that is known. `refetch` tries again. */
  readonly isUnavailable: boolean
  /** No answer comes; `job` is the last one, and the next try is made by itself. */
  readonly isReconnecting: boolean
  readonly canCancel: boolean
  readonly canRetry: boolean
  /** This component asks no more. */
  readonly stop: () => void
  readonly resume: () => void
  /** Forgets everything and asks anew. */
  readonly reset: () => void
  /** Asks now. */
  readonly refetch: () => void
}

const always = () => true
const onFocus = (listener: () => void) => focusManager.subscribe(listener)
const isFocused = () => focusManager.isFocused()

/** The id at the server, for an id that may be the `clientRef` of a job that is only being created. */
const useLocal = (jobId: string | undefined) => {
  const queries = useJobQueries()
  const look = () => (jobId === undefined ? undefined : queries.localOf(jobId))
  const local = useSyncExternalStore(queries.onLocal, look, look)
  return { id: local?.job?.id ?? jobId, isLocal: local !== undefined && local.job === undefined, refusal: local?.error }
}

const useKnown = (id: string, isAsking: boolean) => {
  const queries = useJobQueries()
  const subscribe = useCallback(
    (listener: () => void) => queries.subscribe(id, isAsking, listener),
    [queries, id, isAsking]
  )
  const look = () => queries.observerOf(id, isAsking).getCurrentResult()
  return useSyncExternalStore(subscribe, look, look)
}

/** Asks every 2, 5 or 10 seconds, by the job's age, until it has ended; not while the tab is hidden. */
export const useJobPolling = <Result = unknown>(
  jobId: string | undefined,
  { enabled = true, ...callbacks }: JobPollingOptions<Result> = {}
): FollowedJob<Result> => {
  const queries = useJobQueries()
  const { id, isLocal, refusal: notCreated } = useLocal(jobId)
  const [isStopped, setStopped] = useState(false)
  const isAsking = enabled && !isStopped && id !== undefined && !isLocal
  const { data, error: lastError } = useKnown(id ?? "", isAsking)
  const isPaused = !useSyncExternalStore(onFocus, isFocused, always)

  const job = id === undefined || notCreated ? undefined : (data as TrackedJob<Result> | undefined)
  const refusal = notCreated ?? (lastError !== null && isRefusal(lastError) ? lastError : undefined)
  const isEnded = job !== undefined && hasEnded(job.status)
  const { forgetActions, ...actions } = useJobActions(isLocal ? undefined : id, job?.prompt?.id)
  useJobCallbacks({ id, isLocal, job, refusal }, callbacks)

  return {
    ...actions,
    job,
    status: job?.status,
    shownStatus: job && shownStatus(job),
    progress: job?.progress,
    result: job?.result,
    error: job?.status === "failed" ? job.error : refusal,
    isLoading: id !== undefined && job === undefined && refusal === undefined,
    isEnded,
    isOptimistic: isLocal && notCreated === undefined,
    isNotCreated: notCreated !== undefined,
    isUnavailable: refusal !== undefined && notCreated === undefined && !isEnded,
    isPolling: isAsking && !isEnded && refusal === undefined && !isPaused,
    isPaused,
    isStopped,
    isReconnecting: lastError !== null && !isRefusal(lastError) && !isEnded,
    canCancel: job !== undefined && !isEnded && !isLocal && job.cancelRequestedAt === undefined,
    canRetry: job?.status === "failed" || job?.status === "cancelled",
    stop: useCallback(() => setStopped(true), []),
    resume: useCallback(() => setStopped(false), []),
    reset: useCallback(() => {
      setStopped(false)
      forgetActions()
      if (id !== undefined && !isLocal) void queries.reset(id)
    }, [forgetActions, id, isLocal, queries]),
    refetch: useCallback(() => {
      if (id !== undefined && !isLocal) void queries.tryAgain(id)
    }, [id, isLocal, queries])
  }
}
