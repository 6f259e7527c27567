/** Reads all jobs of an organisation, their results or their logs in the order of their ids, some rows at a time. */
import { Context, type Effect, Schema } from "effect"
import type { JobFilter } from "./JobFilter.ts"
import type { JobId } from "./JobId.ts"
import type { JobsUnavailable } from "./Jobs.ts"

export const RowsOf = Schema.Literals(["jobs", "results", "logs"])
export type RowsOf = typeof RowsOf.Type

/** What a column holds in an export. */
export type RowValue = string | number | boolean | null
export type Row = Readonly<Record<string, RowValue>>

/** The columns of each kind, in their order. */
export const columnsOf: Readonly<Record<RowsOf, ReadonlyArray<string>>> = {
  jobs: [
    "id",
    "jobId",
    "jobType",
    "status",
    "createdAt",
    "startedAt",
    "completedAt",
    "attempts",
    "restaurantId",
    "createdBy",
    "batchId",
    "clientRef",
    "labels",
    "errorCode",
    "errorMessage"
  ],
  results: ["id", "jobId", "jobType", "status", "completedAt", "result"],
  logs: ["lineId", "jobId", "jobType", "attempt", "at", "level", "step", "message"]
}

export interface RowsRequest {
  readonly of: RowsOf
  readonly organisationId: string
  readonly filter: JobFilter
  /** Where the part before ended. */
  readonly after: string | undefined
  /** Jobs from this one on are left out, so that an export ends that is slower than jobs are made. */
  readonly until: JobId
  readonly most: number
}

export interface RowsPart {
  readonly rows: ReadonlyArray<Row>
  /** Absent when nothing is left. */
  readonly next?: string
}

export class JobRows extends Context.Service<
  JobRows,
  { readonly read: (request: RowsRequest) => Effect.Effect<RowsPart, JobsUnavailable> }
>()("callboard/domain/JobRows") {}
