/** The job whose script the current fiber runs; none outside of scripts. What a script makes belongs where its job does. */
import { Context, Option } from "effect"
import type { JobId } from "./JobId.ts"

export interface RunningJob {
  readonly id: JobId
  readonly organisationId: string
}

export const CurrentJob = Context.Reference<Option.Option<RunningJob>>("callboard/domain/CurrentJob", {
  defaultValue: Option.none
})
