/** The part of `CallboardClient` that hooks use, in a form that a client of any job types fits. */
import type { CallboardClient } from "../createClient.ts"
import type { CreateOptions, Job, JobDetails } from "../wire.ts"

export interface JobsClient extends Pick<CallboardClient, "status" | "cancel" | "retry" | "answer" | "events"> {
  readonly get: (id: string, call?: { readonly signal?: AbortSignal }) => Promise<JobDetails>
  /** `never` is what every function takes: which inputs belong to which type is checked where the hook is used. */
  readonly create: (
    jobType: never,
    input: never,
    options?: CreateOptions & { readonly idempotencyKey?: string }
  ) => Promise<Job>
}
