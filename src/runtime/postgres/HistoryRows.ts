/** Rows of a job's history as the driver gives them, and what callers see. */
import { Schema } from "effect"
import { type Attempt, AttemptOutcome, LogLevel, type LogLine, type StepRun } from "../../domain/Attempt.ts"
import { ErrorRow, errorOf } from "./JobRow.ts"

const Timestamp = Schema.DateTimeUtcFromDate

export const AttemptRow = Schema.Struct({
  attempt: Schema.Int,
  worker: Schema.String,
  startedAt: Timestamp,
  endedAt: Schema.NullOr(Timestamp),
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

export const StepRunRow = Schema.Struct({
  name: Schema.String,
  attempt: Schema.Int,
  startedAt: Timestamp,
  endedAt: Schema.NullOr(Timestamp),
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
