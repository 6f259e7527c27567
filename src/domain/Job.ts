/** A job as callers see it: the JSON of the API and the value that views get. Absent means "not (yet)". */
import { Schema } from "effect"
import { StoredError } from "./JobError.ts"
import { JobId, ReadableJobId } from "./JobId.ts"
import { OpenPrompt } from "./JobPrompt.ts"
import { JobStatus } from "./JobStatus.ts"
import { Lane } from "./Lane.ts"
import { Progress } from "./Progress.ts"
import { WaitingReason } from "./Waiting.ts"

/** A time: ISO 8601 in UTC on the wire. */
export const Time = Schema.DateTimeUtcFromString.pipe(Schema.annotateEncoded({ format: "date-time" }))

/** What becomes of a job when one that it needs fails or is cancelled: it fails too, or it runs all the same. */
export const OnDependencyFailure = Schema.Literals(["fail", "run"])
export type OnDependencyFailure = typeof OnDependencyFailure.Type

export const Job = Schema.Struct({
  id: JobId,
  jobId: ReadableJobId,
  jobType: Schema.String,
  status: JobStatus,
  /** Why it does not go on, most important first. Present for pending jobs and for running ones in trouble. */
  waitingFor: Schema.optionalKey(Schema.Array(WaitingReason)),
  /** What its script asks a person now. */
  prompt: Schema.optionalKey(OpenPrompt),
  lane: Lane,
  /** -100 to 100; higher starts first. */
  priority: Schema.Int,
  /** Secrets are masked. */
  input: Schema.Json,
  result: Schema.optionalKey(Schema.Json),
  error: Schema.optionalKey(StoredError),
  /** Failed jobs with the same one failed in the same way. */
  errorFingerprint: Schema.optionalKey(Schema.String),
  progress: Progress,
  /** Attempts that were claimed so far. */
  attempts: Schema.Int,
  retryCount: Schema.Int,
  maxRetries: Schema.Int,
  nextRetryAt: Schema.optionalKey(Time),
  runAt: Time,
  createdAt: Time,
  startedAt: Schema.optionalKey(Time),
  completedAt: Schema.optionalKey(Time),
  updatedAt: Time,
  expiresAt: Time,
  timeoutAt: Schema.optionalKey(Time),
  cancelRequestedAt: Schema.optionalKey(Time),
  /** Longest time of one attempt. */
  timeoutMs: Schema.Int,
  /** From start to end of the last attempt; for a running job until now. */
  durationMs: Schema.optionalKey(Schema.Int),
  /** How long a running job still needs, from how long the last ones of its type took. Absent where nobody can tell. */
  etaMs: Schema.optionalKey(Schema.Int),
  organisationId: Schema.String,
  restaurantId: Schema.optionalKey(Schema.String),
  createdBy: Schema.optionalKey(Schema.String),
  clientRef: Schema.optionalKey(Schema.String),
  batchId: Schema.optionalKey(Schema.String),
  /** At most one job with this key runs at a time. */
  concurrencyKey: Schema.optionalKey(Schema.String),
  /** No other job with this key is made while this one has not ended. */
  dedupeKey: Schema.optionalKey(Schema.String),
  /** Ids of the jobs that have to end before this one starts. */
  dependsOn: Schema.Array(JobId),
  onDependencyFailure: OnDependencyFailure,
  labels: Schema.Array(Schema.String),
  /** Rises with each change; what streams and `ETag` compare. */
  revision: Schema.Int
}).annotate({ identifier: "Job" })
export type Job = typeof Job.Type
