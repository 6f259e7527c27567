import type { AnyJobs } from "../wire.ts"
import { type CreatedJob, type CreateJobOptions, useCreateJob } from "./useCreateJob.ts"
import { type JobEventsOptions, type StreamedJob, useJobEvents } from "./useJobEvents.ts"
import { type FollowedJob, type JobPollingOptions, useJobPolling } from "./useJobPolling.ts"
import { type JobStatusOptions, useJobStatus } from "./useJobStatus.ts"

type NameOf<Jobs> = Extract<keyof Jobs, string>
type InputOf<Jobs, Name extends keyof Jobs> = Jobs[Name] extends { input: infer Input } ? Input : unknown
type ResultOf<Jobs, Name extends keyof Jobs> = Jobs[Name] extends { result: infer Result } ? Result : unknown

/** The hooks with the types of a team's own jobs. */
export interface JobHooks<Jobs> {
  readonly useCreateJob: <Name extends NameOf<Jobs>>(
    jobType: Name,
    options?: CreateJobOptions<InputOf<Jobs, Name>, ResultOf<Jobs, Name>>
  ) => CreatedJob<InputOf<Jobs, Name>, ResultOf<Jobs, Name>>
  readonly useJobStatus: <Name extends NameOf<Jobs>>(
    jobId: string | undefined,
    options?: JobStatusOptions<ResultOf<Jobs, Name>>
  ) => FollowedJob<ResultOf<Jobs, Name>>
  readonly useJobPolling: <Name extends NameOf<Jobs>>(
    jobId: string | undefined,
    options?: JobPollingOptions<ResultOf<Jobs, Name>>
  ) => FollowedJob<ResultOf<Jobs, Name>>
  readonly useJobEvents: <Name extends NameOf<Jobs>>(
    jobId: string | undefined,
    options?: JobEventsOptions<ResultOf<Jobs, Name>>
  ) => StreamedJob<ResultOf<Jobs, Name>>
}

/** `const { useCreateJob } = createJobHooks<ContractsOf<typeof jobTypes>>()`: the same functions, only typed. */
export const createJobHooks = <Jobs extends { readonly [K in keyof Jobs]: AnyJobs[string] }>(): JobHooks<Jobs> => ({
  useCreateJob,
  useJobStatus,
  useJobPolling,
  useJobEvents
})
