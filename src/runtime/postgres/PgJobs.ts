/** Callers' contract on PostgreSQL. Each method is one statement, or one short transaction. */
import { randomBytes } from "node:crypto"
import { DateTime, Duration, Effect, Layer, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Job } from "../../domain/Job.ts"
import { isReadable, JobId, type JobRef, readableJobId } from "../../domain/JobId.ts"
import {
  CreateJob,
  type CreateOptions,
  IdempotencyMismatch,
  JobConflict,
  JobNotFound,
  Jobs,
  type RetryFrom
} from "../../domain/Jobs.ts"
import { type JobType, JobTypes, UnknownJobType } from "../../domain/JobType.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { SecretBox } from "../SecretBox.ts"
import { answered, LONGEST_CALL, unavailable } from "./callFailures.ts"
import { makeJobReader } from "./JobReader.ts"

/** How long a job may wait and run in all, unless it says otherwise. */
const EXPIRY_SECONDS = Duration.toSeconds(Duration.hours(24))

const encodeRequest = Schema.encodeSync(CreateJob)

/** The convention of restaurant scripts: an input that names its restaurant belongs to it. */
const restaurantOf = (request: CreateJob, input: unknown): string | null => {
  if (request.restaurantId !== undefined) return request.restaurantId
  const named = typeof input === "object" && input !== null && "restaurantId" in input ? input.restaurantId : undefined
  return typeof named === "string" && named !== "" && named.length <= 200 ? named : null
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const types = yield* JobTypes
  const box = yield* SecretBox
  const reader = yield* makeJobReader

  const matches = (ref: JobRef) => (isReadable(ref) ? sql`job_id = ${ref}` : sql`id = ${ref}::uuid`)

  const find = (ref: JobRef) => reader.select(sql`WHERE ${matches(ref)}`).pipe(Effect.map((jobs) => jobs[0]))

  const get = Effect.fn("Jobs.get")(function* (ref: JobRef) {
    const job = yield* find(ref).pipe(answered("get"))
    return job ?? (yield* new JobNotFound({ ref }))
  })

  const insert = (request: CreateJob, type: JobType, input: unknown, id: JobId, options: CreateOptions) =>
    Effect.gen(function* () {
      const now = yield* DateTime.now
      const runAt = request.runAt === undefined ? sql`now()` : sql`${DateTime.toDate(request.runAt)}::timestamptz`
      const sealed = box.sealInput(type.inputSchema, input, id)
      const jobs = yield* reader.write(sql`
        INSERT INTO script_jobs (
          id, job_id, job_type, lane, priority, input_payload, total_steps, max_retries, timeout_ms,
          run_at, expires_at, restaurant_id, created_by, client_ref, labels
        ) VALUES (
          ${id}::uuid, ${readableJobId(now, randomBytes(4))}, ${type.name}, ${type.lane}, ${request.priority ?? 0},
          ${JSON.stringify(sealed)}::text::jsonb, ${type.steps.length}, ${request.maxRetries ?? type.retry.maxRetries},
          ${request.timeoutMs ?? Duration.toMillis(type.timeout)},
          ${runAt},
          ${
            request.expiresAt === undefined
              ? sql`greatest(${runAt}, now()) + ${EXPIRY_SECONDS} * interval '1 second'`
              : DateTime.toDate(request.expiresAt)
          },
          ${restaurantOf(request, input)}, ${options.createdBy ?? null}, ${request.clientRef ?? null},
          ${request.labels ?? []}::text[]
        ) RETURNING *`)
      return jobs[0]!
    })

  /** The job that this key made before; fails when it was made by another request. */
  const replay = (key: string, hash: Buffer) =>
    Effect.gen(function* () {
      const known = yield* sql<{ jobId: JobId; requestHash: Uint8Array }>`
        SELECT job_id, request_hash FROM idempotency_keys WHERE organisation_id = 'default' AND key = ${key}`
      if (known[0] === undefined) return undefined
      if (!hash.equals(known[0].requestHash)) return yield* new IdempotencyMismatch({ key })
      return yield* find(known[0].jobId)
    })

  const insertOnce = (key: string, hash: Buffer, id: JobId, create: Effect.Effect<Job, unknown>) =>
    sql.withTransaction(
      Effect.gen(function* () {
        const earlier = yield* replay(key, hash)
        if (earlier !== undefined) return { job: earlier, replayed: true }
        const job = yield* create
        // A request with the same key that runs at the same time waits here for the other's commit.
        const mine = yield* sql`
          INSERT INTO idempotency_keys (organisation_id, key, request_hash, job_id)
          VALUES ('default', ${key}, ${hash}, ${id}::uuid)
          ON CONFLICT DO NOTHING RETURNING key`
        return mine.length === 1 ? { job, replayed: false } : yield* Effect.fail("lost the race" as const)
      })
    )

  const create = Effect.fn("Jobs.create")(function* (request: CreateJob, options: CreateOptions = {}) {
    const type = Option.getOrUndefined(types.find(request.jobType))
    if (type === undefined) {
      return yield* new UnknownJobType({ jobType: request.jobType, known: types.all.map((each) => each.name) })
    }
    const input = yield* type.parseInput(request.input)
    const id = JobId.make(Bun.randomUUIDv7())
    const inserted = insert(request, type, input, id, options)
    const key = options.idempotencyKey
    if (key === undefined) {
      const job = yield* inserted.pipe(answered("create"))
      return { job, replayed: false }
    }
    const hash = box.fingerprint(JSON.stringify(encodeRequest(request)))
    return yield* insertOnce(key, hash, id, inserted).pipe(
      Effect.retry({ while: (error) => error === "lost the race", times: 3 }),
      giveUpAfter(LONGEST_CALL),
      Effect.mapError((error) => (error instanceof IdempotencyMismatch ? error : unavailable("create")(error)))
    )
  })

  /** Zero rows mean that the job is gone or its status forbids the action: say which. */
  const orConflict = (ref: JobRef, action: "cancel" | "retry", jobs: ReadonlyArray<Job>) =>
    Effect.gen(function* () {
      if (jobs[0] !== undefined) return jobs[0]
      const job = yield* get(ref)
      return yield* new JobConflict({ jobId: job.jobId, status: job.status, action })
    })

  const cancel = Effect.fn("Jobs.cancel")(function* (ref: JobRef) {
    const jobs = yield* reader
      .write(
        sql`
        UPDATE script_jobs SET
          cancel_requested_at = coalesce(cancel_requested_at, now()),
          status = CASE WHEN status = 'pending' THEN 'cancelled' ELSE status END
        WHERE ${matches(ref)} AND status IN ('pending', 'in_progress')
        RETURNING *`
      )
      .pipe(answered("cancel"))
    return yield* orConflict(ref, "cancel", jobs)
  })

  const retry = Effect.fn("Jobs.retry")(function* (ref: JobRef, from: RetryFrom) {
    const jobs = yield* reader
      .write(
        sql`
        WITH forgotten AS (
          DELETE FROM job_checkpoints c USING script_jobs j
          WHERE ${from === "start"} AND c.job_id = j.id AND j.status IN ('failed', 'cancelled')
            AND ${isReadable(ref) ? sql`j.job_id = ${ref}` : sql`j.id = ${ref}::uuid`}
        )
        UPDATE script_jobs SET
          status = 'pending', retry_count = 0, crash_count = 0, run_at = now(), next_retry_at = NULL,
          cancel_requested_at = NULL, expires_at = now() + ${EXPIRY_SECONDS} * interval '1 second',
          error_code = NULL, error_message = NULL, error_retryable = NULL, error_step = NULL, error_hint = NULL,
          progress_message = NULL,
          progress_percent = CASE WHEN ${from === "start"} THEN 0 ELSE progress_percent END,
          current_step = CASE WHEN ${from === "start"} THEN NULL ELSE current_step END,
          current_step_name = CASE WHEN ${from === "start"} THEN NULL ELSE current_step_name END
        WHERE ${matches(ref)} AND status IN ('failed', 'cancelled')
        RETURNING *`
      )
      .pipe(answered("retry"))
    return yield* orConflict(ref, "retry", jobs)
  })

  return Jobs.of({ create, get, cancel, retry })
})

export const layer = Layer.effect(Jobs, make)
