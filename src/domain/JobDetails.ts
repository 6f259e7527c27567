/** Contract of the reads behind the tabs of one job's page. Whoever calls has read the job, and so may see it. */
import { Context, type DateTime, type Effect } from "effect"
import type { LogLevel, LogLine } from "./Attempt.ts"
import type { JobId } from "./JobId.ts"
import type { JobsUnavailable } from "./Jobs.ts"

/** That the output of a step is kept for later tries. The output itself is shown to nobody. */
export interface CheckpointMark {
  readonly name: string
  readonly attempt: number
  readonly at: DateTime.Utc
}

export interface LogFilter {
  readonly attempt?: number
  /** Lines of this level and of worse ones. */
  readonly level?: LogLevel
  /** In the message or in the name of the step. */
  readonly q?: string
}

/** From the least to the worst. */
export const logLevels: ReadonlyArray<LogLevel> = ["debug", "info", "warn", "error"]

/** The same rule as the query's, for lines that come later. */
export const fitsLog = ({ attempt, level, q }: LogFilter, line: LogLine): boolean =>
  (attempt === undefined || line.attempt === attempt) &&
  (level === undefined || logLevels.indexOf(line.level) >= logLevels.indexOf(level)) &&
  (q === undefined || `${line.step ?? ""} ${line.message}`.toLowerCase().includes(q.toLowerCase()))

export interface LineCount {
  readonly attempt: number
  readonly step?: string
  readonly lines: number
}

export class JobDetails extends Context.Service<
  JobDetails,
  {
    /** Oldest first. */
    readonly checkpoints: (id: JobId) => Effect.Effect<ReadonlyArray<CheckpointMark>, JobsUnavailable>
    /** The last `limit` lines that fit and have an id below `before`, oldest first. */
    readonly lines: (
      id: JobId,
      filter: LogFilter,
      page: { readonly before?: number; readonly limit: number }
    ) => Effect.Effect<ReadonlyArray<LogLine>, JobsUnavailable>
    readonly lineCounts: (id: JobId) => Effect.Effect<ReadonlyArray<LineCount>, JobsUnavailable>
  }
>()("callboard/domain/JobDetails") {}
