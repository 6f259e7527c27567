/** Contract: the same action on many jobs. It is itself a job, with progress, log and cancel. */
import { Context, type Effect, Schema } from "effect"
import { JobFilter } from "./JobFilter.ts"
import { BulkAction, type CreatedJob, type IdempotencyMismatch, type JobsUnavailable } from "./Jobs.ts"
import type { NotAllowed } from "./NotAllowed.ts"

/** The type of that job. */
export const BULK_TYPE = "change-many-jobs"

export const saysSomething = (filter: object) =>
  Object.values(filter).some((value) => value !== "" && !(Array.isArray(value) && value.length === 0)) ||
  "Expected at least one condition; name every status to mean all jobs"

/** A filter that says nothing is more likely a forgotten value than a wish for all jobs. */
export const BulkFilter = JobFilter.check(Schema.makeFilter(saysSomething))

export const BulkRequest = Schema.Struct({
  action: BulkAction,
  /** Jobs created after the request are left alone. */
  filter: BulkFilter,
  /** For people who wonder later. */
  reason: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "BulkRequest" })
export type BulkRequest = typeof BulkRequest.Type

/** The result of the job that does the work. */
export const BulkResult = Schema.Struct({
  /** Jobs that matched, and those of them whose status allowed the action. */
  seen: Schema.Int,
  changed: Schema.Int
}).annotate({ identifier: "BulkResult" })
export type BulkResult = typeof BulkResult.Type

export class BulkJobs extends Context.Service<
  BulkJobs,
  {
    readonly start: (
      request: BulkRequest,
      options?: { readonly createdBy?: string; readonly idempotencyKey?: string }
    ) => Effect.Effect<Pick<CreatedJob, "job" | "replayed">, IdempotencyMismatch | NotAllowed | JobsUnavailable>
  }
>()("callboard/domain/BulkJobs") {}
