/** The rows of new jobs, as `insert_jobs` and `create_jobs` take them (migrations). */
import { DateTime, Duration, Effect, type Schema } from "effect"
import type { OnDependencyFailure } from "../../domain/Job.ts"
import { type JobId, type ReadableJobId, readableJobId } from "../../domain/JobId.ts"
import { type CreateJob, isRestaurantId } from "../../domain/Jobs.ts"
import type { JobType } from "../../domain/JobType.ts"
import type { Lane } from "../../domain/Lane.ts"
import { newId } from "../newId.ts"
import { SecretBox } from "../SecretBox.ts"
import type { JobRow } from "./JobRow.ts"

/** How long a job may wait and run in all, unless it says otherwise. */
export const EXPIRY_SECONDS = Duration.toSeconds(Duration.hours(24))

/** One row of `script_jobs` as it is sent; absent fields get the database's value. */
export interface NewRow {
  readonly id: JobId
  readonly job_id: ReadableJobId
  readonly job_type: string
  readonly lane: Lane
  readonly priority: number | undefined
  readonly input: unknown
  readonly total_steps: number
  readonly max_retries: number
  readonly timeout_ms: number
  readonly run_at: string | undefined
  readonly expires_at: string | undefined
  readonly organisation_id: string
  readonly restaurant_id: string | undefined
  readonly created_by: string | undefined
  readonly client_ref: string | undefined
  readonly concurrency_key: string | undefined
  readonly dedupe_key: string | undefined
  readonly depends_on: ReadonlyArray<JobId> | undefined
  readonly on_dependency_failure: OnDependencyFailure | undefined
  readonly batch_id: string | undefined
  readonly labels: ReadonlyArray<string> | undefined
  readonly trace_parent: string | undefined
}

/** The readable ids of jobs whose own were taken. */
export type Renamed = Readonly<Record<JobId, ReadableJobId>> | null

/** What `create_jobs` gives of a row that it wrote. */
export interface CreatedRow {
  readonly id: JobId
  readonly jobId: ReadableJobId
  readonly status: string
  readonly organisationId: string
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly runAt: Date
  readonly expiresAt: Date
  readonly revision: number
}

const nothingYet = {
  status: "pending",
  result: null,
  errorCode: null,
  errorMessage: null,
  errorRetryable: null,
  errorStep: null,
  errorHint: null,
  errorFingerprint: null,
  progressPercent: 0,
  progressMessage: null,
  currentStep: null,
  currentStepName: null,
  attempt: 0,
  retryCount: 0,
  nextRetryAt: null,
  timeoutAt: null,
  startedAt: null,
  completedAt: null,
  cancelRequestedAt: null,
  leaseOwner: null
} as const

const utc = (date: Date) => DateTime.fromDateUnsafe(date)

/** What `create_plain_jobs` wrote, from what it was sent and when that was. */
export const createdAs = (sent: NewRow, madeAt: Date, renamed: Renamed): CreatedRow => {
  const runAt = sent.run_at === undefined ? madeAt : new Date(sent.run_at)
  const earliest = Math.max(runAt.getTime(), madeAt.getTime())
  return {
    id: sent.id,
    jobId: renamed?.[sent.id] ?? sent.job_id,
    status: "pending",
    organisationId: sent.organisation_id,
    createdAt: madeAt,
    updatedAt: madeAt,
    runAt,
    expiresAt: sent.expires_at === undefined ? new Date(earliest + EXPIRY_SECONDS * 1_000) : new Date(sent.expires_at),
    revision: 1
  }
}

/** A new pending job's row without reading back what was sent: most of its columns. */
export const jobRowOf = (sent: NewRow, created: CreatedRow): JobRow => ({
  ...nothingYet,
  id: sent.id,
  jobId: created.jobId,
  jobType: sent.job_type,
  lane: sent.lane,
  priority: sent.priority ?? 0,
  inputPayload: sent.input as Schema.Json,
  totalSteps: sent.total_steps,
  maxRetries: sent.max_retries,
  timeoutMs: sent.timeout_ms,
  runAt: utc(created.runAt),
  expiresAt: utc(created.expiresAt),
  createdAt: utc(created.createdAt),
  updatedAt: utc(created.updatedAt),
  organisationId: created.organisationId,
  restaurantId: sent.restaurant_id ?? null,
  createdBy: sent.created_by ?? null,
  clientRef: sent.client_ref ?? null,
  labels: sent.labels ?? [],
  concurrencyKey: sent.concurrency_key ?? null,
  dedupeKey: sent.dedupe_key ?? null,
  batchId: sent.batch_id ?? null,
  dependsOn: sent.depends_on ?? [],
  onDependencyFailure: sent.on_dependency_failure ?? "fail",
  revision: created.revision
})

export interface RowOptions {
  readonly organisationId: string
  readonly createdBy?: string | undefined
  readonly batchId?: string | undefined
  readonly dependsOn?: ReadonlyArray<JobId> | undefined
  readonly traceParent?: string | undefined
  /** Default: that of the type. */
  readonly lane?: Lane | undefined
}

/** The convention of restaurant scripts: an input that names its restaurant belongs to it. */
export const restaurantIn = (input: unknown): string | undefined => {
  const named = typeof input === "object" && input !== null && "restaurantId" in input ? input.restaurantId : undefined
  return typeof named === "string" && isRestaurantId(named) && named.length <= 200 ? named : undefined
}

/** Two scripts must never edit one restaurant at once. */
export const keyOfRestaurant = (restaurant: string) => `restaurant:${restaurant}`

const concurrencyKeyOf = (request: CreateJob, restaurant: string | undefined): string | undefined => {
  if (request.concurrencyKey !== undefined) return request.concurrencyKey ?? undefined
  return restaurant === undefined ? undefined : keyOfRestaurant(restaurant)
}

const isoOf = (time: DateTime.Utc | undefined) => (time === undefined ? undefined : DateTime.formatIso(time))

export const makeRowOf = Effect.gen(function* () {
  const box = yield* SecretBox

  /** `input` is in its stored form, with its secrets open. */
  const rowOf = (
    request: CreateJob,
    type: JobType,
    input: unknown,
    now: DateTime.Utc,
    { batchId, createdBy, dependsOn, lane = type.lane, organisationId, traceParent }: RowOptions
  ): NewRow => {
    // One time for all of a batch: their ids say in which order they were asked for.
    const id = newId(now.epochMilliseconds) as JobId
    const restaurant = request.restaurantId ?? restaurantIn(input)
    return {
      id,
      job_id: readableJobId(now, crypto.getRandomValues(new Uint8Array(4))),
      job_type: type.name,
      lane,
      priority: request.priority,
      input: box.sealInput(type.inputSchema, input, id),
      total_steps: type.steps.length,
      max_retries: request.maxRetries ?? type.retry.maxRetries,
      timeout_ms: request.timeoutMs ?? Duration.toMillis(type.timeout),
      run_at: isoOf(request.runAt),
      expires_at: isoOf(request.expiresAt),
      organisation_id: organisationId,
      restaurant_id: restaurant,
      created_by: createdBy,
      client_ref: request.clientRef,
      concurrency_key: concurrencyKeyOf(request, restaurant),
      dedupe_key: request.dedupeKey,
      depends_on: dependsOn,
      on_dependency_failure: request.onDependencyFailure,
      batch_id: batchId,
      labels: request.labels,
      trace_parent: traceParent
    }
  }

  return rowOf
})
