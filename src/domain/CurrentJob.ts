/**
 * Which job and step the current fiber works on, for services that act or count in its name. What a script makes belongs
 * where its job does.
 */
import { Context, Option } from "effect"
import type { JobId, ReadableJobId } from "./JobId.ts"

export interface RunningJob {
  readonly id: JobId
  readonly jobId: ReadableJobId
  readonly organisationId: string
  readonly attempt: number
}

/** None outside of jobs. Whatever runs an attempt sets it. */
export const CurrentJob = Context.Reference<Option.Option<RunningJob>>("callboard/domain/CurrentJob", {
  defaultValue: Option.none
})

/** Set for the work of each step, so that steps that run side by side are told apart. */
export const CurrentStep = Context.Reference<string | undefined>("callboard/domain/CurrentStep", {
  defaultValue: () => undefined
})
