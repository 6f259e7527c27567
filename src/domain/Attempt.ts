/** The kept history of a job: each attempt, its steps and its log lines. */
import { Schema } from "effect"
import { Time } from "./Job.ts"
import { StoredError } from "./JobError.ts"

/** `released`: handed back uncounted (shutdown). `lost`: its worker stopped answering. */
export const AttemptOutcome = Schema.Literals(["completed", "failed", "cancelled", "released", "lost"])
export type AttemptOutcome = typeof AttemptOutcome.Type

export const Attempt = Schema.Struct({
  /** Counted from 1 when claimed. */
  attempt: Schema.Int,
  worker: Schema.String,
  startedAt: Time,
  endedAt: Schema.optionalKey(Time),
  outcome: Schema.optionalKey(AttemptOutcome),
  error: Schema.optionalKey(StoredError)
}).annotate({ identifier: "Attempt" })
export type Attempt = typeof Attempt.Type

export const StepRun = Schema.Struct({
  name: Schema.String,
  attempt: Schema.Int,
  startedAt: Time,
  endedAt: Schema.optionalKey(Time),
  outcome: Schema.optionalKey(Schema.Literals(["completed", "failed", "stopped"])),
  /** A stored output that later attempts use instead of running the step again. */
  kept: Schema.Boolean
}).annotate({ identifier: "StepRun" })
export type StepRun = typeof StepRun.Type

export const LogLevel = Schema.Literals(["debug", "info", "warn", "error"])
export type LogLevel = typeof LogLevel.Type

export const LogLine = Schema.Struct({
  /** Rises with each line of the whole system; the cursor of log pages and streams. */
  id: Schema.Int,
  attempt: Schema.Int,
  at: Time,
  level: LogLevel,
  step: Schema.optionalKey(Schema.String),
  message: Schema.String
}).annotate({ identifier: "LogLine" })
export type LogLine = typeof LogLine.Type
