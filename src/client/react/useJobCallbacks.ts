import { useEffect, useRef } from "react"
import { CallboardError } from "../CallboardError.ts"
import type { JobError, Progress } from "../wire.ts"
import type { TrackedJob } from "./TrackedJob.ts"

export interface JobCallbacks<Result = unknown> {
  /** At the first look and whenever the progress differs. */
  readonly onProgress?: ((progress: Progress, job: TrackedJob<Result>) => void) | undefined
  /** Once, when the job is completed; its result is in it. Again after a retry. */
  readonly onComplete?: ((job: TrackedJob<Result>) => void) | undefined
  /** Once, when the job failed, or when the server refuses to tell of it (a lost connection is no error). */
  readonly onError?:
    | ((error: JobError | CallboardError | Error, job: TrackedJob<Result> | undefined) => void)
    | undefined
  /** Once, when the job was stopped. */
  readonly onCancelled?: ((job: TrackedJob<Result>) => void) | undefined
}

interface Heard<Result> {
  readonly id: string | undefined
  /** It is only being created, so nothing of it is news. */
  readonly isLocal: boolean
  readonly job: TrackedJob<Result> | undefined
  readonly refusal: Error | undefined
}

/** Tells each thing once, also where React runs effects twice, and always the newest functions. */
export const useJobCallbacks = <Result>(
  { id, isLocal, job, refusal }: Heard<Result>,
  callbacks: JobCallbacks<Result>
): void => {
  const newest = useRef(callbacks)
  const told = useRef<{ progress?: string; end?: string; refusal?: string | undefined }>({})
  useEffect(() => {
    newest.current = callbacks
  })

  useEffect(() => {
    if (job === undefined || isLocal) return
    const progress = JSON.stringify([job.id, job.progress])
    if (told.current.progress !== progress) newest.current.onProgress?.(job.progress, job)
    told.current.progress = progress

    const end = JSON.stringify([job.id, job.status, job.completedAt])
    const isTold = told.current.end === end
    told.current.end = end
    if (isTold) return
    if (job.status === "completed") newest.current.onComplete?.(job)
    if (job.status === "cancelled") newest.current.onCancelled?.(job)
    if (job.status === "failed") {
      newest.current.onError?.(job.error ?? { code: "FAILED", message: "The job failed", retryable: false }, job)
    }
  }, [isLocal, job])

  useEffect(() => {
    // Who asks again, as a broken stream makes the page do, gets the same refusal once more; an answer ends it.
    if (refusal === undefined && job === undefined) return
    const name = refusal && JSON.stringify([id, refusal instanceof CallboardError ? refusal.code : refusal.message])
    if (refusal !== undefined && told.current.refusal !== name) newest.current.onError?.(refusal, job)
    told.current.refusal = name
  }, [id, refusal, job])
}
