/** Rows of a job's history as the driver gives them, and what callers see. */
import { Schema } from "effect"
import { type Attempt, AttemptOutcome, LogLevel, type LogLine, type StepRun } from "../../domain/Attempt.ts"
import { ErrorRow, errorOf } from "./JobRow.ts"
import { PromptHistoryJson } from "./PromptRows.ts"

const Timestamp = Schema.DateTimeUtcFromDate
/** As JSON has it. */
const TimeText = Schema.DateTimeUtcFromString

const AttemptRow = Schema.Struct({
  attempt: Schema.Int,
  worker: Schema.String,
  startedAt: TimeText,
  endedAt: Schema.NullOr(TimeText),
  outcome: Schema.NullOr(AttemptOutcome),
  ...ErrorRow.fields
})

export const attemptOf = (row: typeof AttemptRow.Type): Attempt => {
  const error = errorOf(row)
  return {
    attempt: row.attempt,
    worker: row.worker,
    startedAt: row.startedAt,
    ...(row.endedAt !== null && { endedAt: row.endedAt }),
    ...(row.outcome !== null && { outcome: row.outcome }),
    ...(error !== undefined && { error })
  }
}

const StepRunRow = Schema.Struct({
  name: Schema.String,
  attempt: Schema.Int,
  startedAt: TimeText,
  endedAt: Schema.NullOr(TimeText),
  outcome: Schema.NullOr(Schema.Literals(["completed", "failed", "stopped"])),
  kept: Schema.Boolean
})

export const stepRunOf = (row: typeof StepRunRow.Type): StepRun => ({
  name: row.name,
  attempt: row.attempt,
  startedAt: row.startedAt,
  kept: row.kept,
  ...(row.endedAt !== null && { endedAt: row.endedAt }),
  ...(row.outcome !== null && { outcome: row.outcome })
})

/** Everything that was of a job, oldest first. */
export const HistoryRow = Schema.Struct({
  /** Whether the job is there. */
  exists: Schema.Boolean,
  attempts: Schema.Array(AttemptRow),
  steps: Schema.Array(StepRunRow),
  prompts: Schema.Array(PromptHistoryJson)
})

export const LogLineRow = Schema.Struct({
  id: Schema.Int,
  attempt: Schema.Int,
  at: Timestamp,
  level: LogLevel,
  step: Schema.NullOr(Schema.String),
  message: Schema.String
})

export const logLineOf = ({ step, ...row }: typeof LogLineRow.Type): LogLine => ({
  ...row,
  ...(step !== null && { step })
})

export const CheckpointRow = Schema.Struct({ name: Schema.String, attempt: Schema.Int, createdAt: Timestamp })
