import { useEffect, useRef } from "react"
import type { CallboardError } from "../CallboardError.ts"
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

/** Tells each thing once, also where React runs effects twice, and always the newest functions. */
export const useJobCallbacks = <Result>(
  job: TrackedJob<Result> | undefined,
  refusal: Error | undefined,
  callbacks: JobCallbacks<Result>
): void => {
  const newest = useRef(callbacks)
  const told = useRef<{ progress?: string; end?: string; refusal?: Error }>({})
  useEffect(() => {
    newest.current = callbacks
  })

  useEffect(() => {
    if (job === undefined) return
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
  }, [job])

  useEffect(() => {
    if (refusal !== undefined && told.current.refusal !== refusal) newest.current.onError?.(refusal, job)
    if (refusal !== undefined) told.current.refusal = refusal
  }, [refusal, job])
}
