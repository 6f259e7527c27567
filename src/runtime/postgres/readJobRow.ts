/**
 * A row of `script_jobs`, read by hand: lists are read all day, and a schema looks at each column of each row. What
 * PostgreSQL's types guarantee is not looked at again; what a newer version may write there is.
 */
import { DateTime, Effect, Schema, String as Text, type Types } from "effect"
import { JobErrorCode } from "../../domain/JobError.ts"
import { JobStatus } from "../../domain/JobStatus.ts"
import { Lane } from "../../domain/Lane.ts"
import { WaitingCode, WaitingReason } from "../../domain/Waiting.ts"
import { JobRow } from "./JobRow.ts"

type SnakeOf<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeOf<Tail>}`
  : Name

/** With the names of the columns: renaming costs as much as reading. */
export type TableRow = {
  readonly [Name in keyof typeof JobRow.Encoded as SnakeOf<Name>]: (typeof JobRow.Encoded)[Name]
}

const statuses = new Set<string>(JobStatus.literals)
const lanes = new Set<string>(Lane.literals)
const errorCodes = new Set<string>(JobErrorCode.literals)
const waitingCodes = new Set<string>(WaitingCode.literals)

/** PostgreSQL has times that no date has, such as `infinity`. */
const isTime = (value: unknown): boolean => value instanceof Date && !Number.isNaN(value.getTime())

const isTimeOrNone = (value: unknown): boolean => value === null || isTime(value)

const isFamiliar = (row: TableRow): boolean =>
  statuses.has(row.status) &&
  lanes.has(row.lane) &&
  (row.error_code === null || errorCodes.has(row.error_code)) &&
  (row.on_dependency_failure === "fail" || row.on_dependency_failure === "run") &&
  isTime(row.run_at) &&
  isTime(row.expires_at) &&
  isTime(row.created_at) &&
  isTime(row.updated_at) &&
  isTimeOrNone(row.next_retry_at) &&
  isTimeOrNone(row.timeout_at) &&
  isTimeOrNone(row.started_at) &&
  isTimeOrNone(row.completed_at) &&
  isTimeOrNone(row.cancel_requested_at)

const utc = (date: Date): DateTime.Utc => DateTime.fromDateUnsafe(date)

const utcOrNone = (date: Date | null): DateTime.Utc | null => (date === null ? null : utc(date))

/** Written out, so that all rows are objects of one shape. */
const rowOf = (row: TableRow): JobRow => ({
  id: row.id as JobRow["id"],
  jobId: row.job_id as JobRow["jobId"],
  jobType: row.job_type,
  status: row.status,
  lane: row.lane,
  priority: row.priority,
  inputPayload: row.input_payload,
  result: row.result,
  errorCode: row.error_code,
  errorMessage: row.error_message,
  errorRetryable: row.error_retryable,
  errorStep: row.error_step,
  errorHint: row.error_hint,
  progressPercent: row.progress_percent,
  progressMessage: row.progress_message,
  currentStep: row.current_step,
  currentStepName: row.current_step_name,
  totalSteps: row.total_steps,
  attempt: row.attempt,
  retryCount: row.retry_count,
  maxRetries: row.max_retries,
  nextRetryAt: utcOrNone(row.next_retry_at),
  runAt: utc(row.run_at),
  timeoutMs: row.timeout_ms,
  timeoutAt: utcOrNone(row.timeout_at),
  expiresAt: utc(row.expires_at),
  createdAt: utc(row.created_at),
  startedAt: utcOrNone(row.started_at),
  completedAt: utcOrNone(row.completed_at),
  updatedAt: utc(row.updated_at),
  cancelRequestedAt: utcOrNone(row.cancel_requested_at),
  organisationId: row.organisation_id,
  restaurantId: row.restaurant_id,
  createdBy: row.created_by,
  clientRef: row.client_ref,
  labels: row.labels,
  concurrencyKey: row.concurrency_key,
  dedupeKey: row.dedupe_key,
  batchId: row.batch_id,
  dependsOn: row.depends_on as JobRow["dependsOn"],
  onDependencyFailure: row.on_dependency_failure,
  errorFingerprint: row.error_fingerprint,
  leaseOwner: row.lease_owner,
  revision: row.revision
})

const decodeRow = Schema.decodeUnknownEffect(JobRow)

/** Says what is wrong with a row. */
const decodeSlowly = (row: TableRow) =>
  decodeRow(Object.fromEntries(Object.entries(row).map(([name, value]) => [Text.snakeToCamel(name), value])))

/** One row that cannot be read, such as one of a newer version, must not take a whole list with it. */
export const readJobRow = (row: TableRow): Effect.Effect<JobRow | undefined> =>
  isFamiliar(row)
    ? Effect.succeed(rowOf(row))
    : Effect.catch(decodeSlowly(row), (error) =>
        Effect.as(Effect.logError("a row of script_jobs cannot be read", error), undefined)
      )

const parseReasons = Schema.decodeUnknownEffect(Schema.Array(WaitingReason))

type Sent = Readonly<Partial<Record<keyof WaitingReason, unknown>>>

/** Most jobs that wait do so for a time, or for nothing but a place. Undefined for all other reasons. */
const simpleReason = (reason: Sent | null): WaitingReason | undefined => {
  for (const name in reason) if (name !== "code" && name !== "until" && name !== "limit") return undefined
  const { code, limit, until } = reason ?? {}
  if (typeof code !== "string" || !waitingCodes.has(code)) return undefined
  const simple: Types.Mutable<WaitingReason> = { code: code as WaitingCode }
  if (until !== undefined) {
    const at = Date.parse(String(until))
    if (Number.isNaN(at)) return undefined
    simple.until = DateTime.makeUnsafe(at)
  }
  if (limit !== undefined) {
    if (!Number.isSafeInteger(limit)) return undefined
    simple.limit = Number(limit)
  }
  return simple
}

/**
 * What `waiting_reasons` gives; nothing for a job that needs no explanation. Reasons that cannot be read are left out:
 * the statement has done its work by then, and must not look as if it had not.
 */
export const decodeReasons = (reasons: unknown): Effect.Effect<ReadonlyArray<WaitingReason>> => {
  if (reasons === null) return Effect.succeed([])
  const simple = Array.isArray(reasons) ? reasons.map(simpleReason) : [undefined]
  const known = simple.filter((reason) => reason !== undefined)
  return known.length === simple.length ? Effect.succeed(known) : Effect.orElseSucceed(parseReasons(reasons), () => [])
}
