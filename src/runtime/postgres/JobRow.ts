/** The row of `script_jobs` as the driver gives it, and the job that callers see. */
import { DateTime, Option, Schema } from "effect"
import { type Job, OnDependencyFailure } from "../../domain/Job.ts"
import { JobErrorCode, type StoredError } from "../../domain/JobError.ts"
import { JobId, ReadableJobId } from "../../domain/JobId.ts"
import type { OpenPrompt } from "../../domain/JobPrompt.ts"
import { isTerminal, JobStatus } from "../../domain/JobStatus.ts"
import type { JobTypes } from "../../domain/JobType.ts"
import { Lane } from "../../domain/Lane.ts"
import { MASK, mapSecrets } from "../../domain/Secret.ts"
import type { WaitingReason } from "../../domain/Waiting.ts"

const Timestamp = Schema.DateTimeUtcFromDate

const ErrorColumns = {
  errorCode: Schema.NullOr(JobErrorCode),
  errorMessage: Schema.NullOr(Schema.String),
  errorRetryable: Schema.NullOr(Schema.Boolean),
  errorStep: Schema.NullOr(Schema.String),
  errorHint: Schema.NullOr(Schema.String)
}

export const ErrorRow = Schema.Struct(ErrorColumns)

export const JobRow = Schema.Struct({
  id: JobId,
  jobId: ReadableJobId,
  jobType: Schema.String,
  status: JobStatus,
  lane: Lane,
  priority: Schema.Int,
  inputPayload: Schema.Json,
  result: Schema.NullOr(Schema.Json),
  ...ErrorColumns,
  progressPercent: Schema.Int,
  progressMessage: Schema.NullOr(Schema.String),
  currentStep: Schema.NullOr(Schema.Int),
  currentStepName: Schema.NullOr(Schema.String),
  totalSteps: Schema.Int,
  attempt: Schema.Int,
  retryCount: Schema.Int,
  maxRetries: Schema.Int,
  nextRetryAt: Schema.NullOr(Timestamp),
  runAt: Timestamp,
  timeoutMs: Schema.Int,
  timeoutAt: Schema.NullOr(Timestamp),
  expiresAt: Timestamp,
  createdAt: Timestamp,
  startedAt: Schema.NullOr(Timestamp),
  completedAt: Schema.NullOr(Timestamp),
  updatedAt: Timestamp,
  cancelRequestedAt: Schema.NullOr(Timestamp),
  organisationId: Schema.String,
  restaurantId: Schema.NullOr(Schema.String),
  createdBy: Schema.NullOr(Schema.String),
  clientRef: Schema.NullOr(Schema.String),
  labels: Schema.Array(Schema.String),
  concurrencyKey: Schema.NullOr(Schema.String),
  dedupeKey: Schema.NullOr(Schema.String),
  batchId: Schema.NullOr(Schema.String),
  dependsOn: Schema.Array(JobId),
  onDependencyFailure: OnDependencyFailure,
  errorFingerprint: Schema.NullOr(Schema.String),
  leaseOwner: Schema.NullOr(Schema.String),
  revision: Schema.Int
})
export type JobRow = typeof JobRow.Type

export interface JobContext {
  readonly types: typeof JobTypes.Service
  readonly waitingFor: ReadonlyArray<WaitingReason>
  readonly prompt: OpenPrompt | undefined
  readonly etaMs: number | undefined
  readonly now: DateTime.Utc
}

/** Adds what is there, because an absent key is how a job says "not (yet)". */
const withPresent = <A extends object, T extends object>(to: A, value: T) => {
  const added: Record<string, unknown> = to as Record<string, unknown>
  for (const key in value) {
    const inner = value[key]
    if (inner !== null && inner !== undefined) added[key] = inner
  }
  return to as A & { [K in keyof T]?: NonNullable<T[K]> }
}

export const errorOf = (row: typeof ErrorRow.Type): StoredError | undefined =>
  row.errorCode === null
    ? undefined
    : withPresent(
        { code: row.errorCode, message: row.errorMessage ?? "", retryable: row.errorRetryable ?? false },
        { step: row.errorStep, hint: row.errorHint }
      )

const durationMs = (row: JobRow, now: DateTime.Utc): number | undefined => {
  if (row.startedAt === null || row.status === "pending") return undefined
  const end = isTerminal(row.status) ? (row.completedAt ?? now) : now
  return Math.max(0, DateTime.toEpochMillis(end) - DateTime.toEpochMillis(row.startedAt))
}

/**
 * The public job. Secrets are masked here, and only here, for every reader. Where the type is not known, nobody knows
 * what is secret, so neither input nor result is shown.
 */
export const jobOf = (row: JobRow, context: JobContext): Job => {
  const type = Option.getOrUndefined(context.types.find(row.jobType))
  const waiting = context.waitingFor
  const job = {
    id: row.id,
    jobId: row.jobId,
    jobType: row.jobType,
    status: row.status,
    lane: row.lane,
    priority: row.priority,
    input: (type === undefined ? {} : mapSecrets(type.inputSchema, row.inputPayload, () => MASK)) as Schema.Json,
    progress: withPresent(
      { percent: row.progressPercent, totalSteps: row.totalSteps },
      { message: row.progressMessage, step: row.currentStep, stepName: row.currentStepName }
    ),
    attempts: row.attempt,
    retryCount: row.retryCount,
    maxRetries: row.maxRetries,
    runAt: row.runAt,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    expiresAt: row.expiresAt,
    timeoutMs: row.timeoutMs,
    organisationId: row.organisationId,
    labels: row.labels,
    dependsOn: row.dependsOn,
    onDependencyFailure: row.onDependencyFailure,
    revision: row.revision
  }
  return withPresent(job, {
    waitingFor: waiting.length > 0 ? waiting : undefined,
    prompt: context.prompt,
    result: type && (mapSecrets(type.resultSchema, row.result, () => MASK) as Schema.Json),
    error: errorOf(row),
    errorFingerprint: row.errorFingerprint,
    nextRetryAt: row.nextRetryAt,
    startedAt: row.startedAt,
    completedAt: row.completedAt,
    timeoutAt: row.timeoutAt,
    cancelRequestedAt: row.cancelRequestedAt,
    durationMs: durationMs(row, context.now),
    etaMs: context.etaMs,
    restaurantId: row.restaurantId,
    createdBy: row.createdBy,
    clientRef: row.clientRef,
    batchId: row.batchId,
    concurrencyKey: row.concurrencyKey,
    dedupeKey: row.dedupeKey
  })
}
