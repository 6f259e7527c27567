import { useJobStream } from "./useJobEvents.ts"
import type { FollowedJob, JobPollingOptions } from "./useJobPolling.ts"

export interface JobStatusOptions<Result = unknown> extends JobPollingOptions<Result> {
  /**
   * By the event stream, at once, instead of every few seconds. Default: false, because a page that is not served by
   * HTTP/2 may have six streams in all.
   */
  readonly live?: boolean | undefined
}

/** Follows the job until it has ended: by polling, or `live`. */
export const useJobStatus = <Result = unknown>(
  jobId: string | undefined,
  { live = false, ...options }: JobStatusOptions<Result> = {}
): FollowedJob<Result> => useJobStream(jobId, live, options)
