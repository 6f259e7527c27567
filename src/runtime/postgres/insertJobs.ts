/** Writes new jobs: many rows in one statement. What they wait for is worked out by triggers (migrations). */
import { randomBytes } from "node:crypto"
import { DateTime, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobId, type ReadableJobId, readableJobId } from "../../domain/JobId.ts"
import type { CreateJob } from "../../domain/Jobs.ts"
import type { JobType } from "../../domain/JobType.ts"
import { SecretBox } from "../SecretBox.ts"

/** How long a job may wait and run in all, unless it says otherwise. */
export const EXPIRY_SECONDS = Duration.toSeconds(Duration.hours(24))

/** One row of `script_jobs` as it is sent; absent fields get the database's value. */
export interface NewRow {
  readonly id: JobId
  readonly job_id: ReadableJobId
  readonly job_type: string
  readonly lane: string
  readonly input: unknown
  readonly total_steps: number
  readonly max_retries: number
  readonly timeout_ms: number
  readonly dedupe_key?: string | undefined
  readonly depends_on?: ReadonlyArray<JobId> | undefined
  readonly [optional: string]: unknown
}

export interface RowOptions {
  readonly createdBy?: string | undefined
  readonly batchId?: string | undefined
  readonly dependsOn?: ReadonlyArray<JobId> | undefined
}

/** The convention of restaurant scripts: an input that names its restaurant belongs to it. */
export const restaurantIn = (input: unknown): string | undefined => {
  const named = typeof input === "object" && input !== null && "restaurantId" in input ? input.restaurantId : undefined
  return typeof named === "string" && named !== "" && named.length <= 200 ? named : undefined
}

/** Two scripts must never edit one restaurant at once. */
export const keyOfRestaurant = (restaurant: string) => `restaurant:${restaurant}`

const concurrencyKeyOf = (request: CreateJob, restaurant: string | undefined): string | undefined => {
  if (request.concurrencyKey !== undefined) return request.concurrencyKey ?? undefined
  return restaurant === undefined ? undefined : keyOfRestaurant(restaurant)
}

const isoOf = (time: DateTime.Utc | undefined) => (time === undefined ? undefined : DateTime.formatIso(time))

export const makeInsert = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const box = yield* SecretBox

  /** `input` is in its stored form, with its secrets open. */
  const rowOf = (
    request: CreateJob,
    type: JobType,
    input: unknown,
    now: DateTime.Utc,
    { batchId, createdBy, dependsOn }: RowOptions
  ): NewRow => {
    const id = JobId.make(Bun.randomUUIDv7())
    const restaurant = request.restaurantId ?? restaurantIn(input)
    return {
      id,
      job_id: readableJobId(now, randomBytes(4)),
      job_type: type.name,
      lane: type.lane,
      priority: request.priority,
      input: box.sealInput(type.inputSchema, input, id),
      total_steps: type.steps.length,
      max_retries: request.maxRetries ?? type.retry.maxRetries,
      timeout_ms: request.timeoutMs ?? Duration.toMillis(type.timeout),
      run_at: isoOf(request.runAt),
      expires_at: isoOf(request.expiresAt),
      restaurant_id: restaurant,
      created_by: createdBy,
      client_ref: request.clientRef,
      concurrency_key: concurrencyKeyOf(request, restaurant),
      dedupe_key: request.dedupeKey,
      depends_on: dependsOn,
      on_dependency_failure: request.onDependencyFailure,
      batch_id: batchId,
      labels: request.labels
    }
  }

  /** A row whose dedupe key is taken is left out. */
  const insert = (rows: ReadonlyArray<NewRow>) => sql`
    INSERT INTO script_jobs (
      id, job_id, job_type, lane, priority, input_payload, total_steps, max_retries, timeout_ms, run_at, expires_at,
      restaurant_id, created_by, client_ref, concurrency_key, dedupe_key, depends_on, on_dependency_failure, batch_id,
      labels
    )
    SELECT n.id, n.job_id, n.job_type, n.lane, coalesce(n.priority, 0), n.input, n.total_steps, n.max_retries,
      n.timeout_ms, coalesce(n.run_at, now()),
      coalesce(n.expires_at, greatest(n.run_at, now()) + ${EXPIRY_SECONDS} * interval '1 second'),
      n.restaurant_id, n.created_by, n.client_ref, n.concurrency_key, n.dedupe_key, coalesce(n.depends_on, '{}'),
      coalesce(n.on_dependency_failure, 'fail'), n.batch_id, coalesce(n.labels, '{}')
    FROM json_to_recordset(${JSON.stringify(rows)}::text::json) AS n (
      id uuid, job_id text, job_type text, lane text, priority smallint, input jsonb, total_steps integer,
      max_retries integer, timeout_ms integer, run_at timestamptz, expires_at timestamptz, restaurant_id text,
      created_by text, client_ref text, concurrency_key text, dedupe_key text, depends_on uuid[],
      on_dependency_failure text, batch_id uuid, labels text[]
    )
    ON CONFLICT (organisation_id, dedupe_key) WHERE dedupe_key IS NOT NULL AND dedupe_open DO NOTHING`

  return { rowOf, insert }
})
