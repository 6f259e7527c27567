/** The worker's contract on PostgreSQL. Every write names the lease's token, so a worker that lost it changes nothing. */
import { Duration, Effect, Layer } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import type { AttemptOutcome } from "../../domain/Attempt.ts"
import type { StoredError } from "../../domain/JobError.ts"
import type { JobId } from "../../domain/JobId.ts"
import { JobQueue, type NewLogLine, type Outcome, QueueUnavailable, type StepEnd } from "../../domain/JobQueue.ts"
import type { JobStatus } from "../../domain/JobStatus.ts"
import { JobTypes } from "../../domain/JobType.ts"
import type { Lane } from "../../domain/Lane.ts"
import { type Lease, LeaseLost, type WorkerIdentity } from "../../domain/Lease.ts"
import type { Progress } from "../../domain/Progress.ts"
import { makeClaim } from "./claimJobs.ts"
import { makeRescue } from "./rescueJobs.ts"

export interface QueueSettings {
  readonly worker: WorkerIdentity
  readonly leaseTime: Duration.Duration
  /** Places of this worker per lane; a web-only process has none. */
  readonly places: Readonly<Partial<Record<Lane, number>>>
}

const unavailable = (operation: string) =>
  Effect.mapError((cause: unknown) => new QueueUnavailable({ operation, cause }))

/** The columns that an outcome writes. `null` in `status` of the job means: pending again, unless it was cancelled. */
const recordOf = (
  outcome: Outcome
): { status: JobStatus; attempt: AttemptOutcome; error?: StoredError; result?: unknown; delay?: Duration.Duration } => {
  switch (outcome._tag) {
    case "Completed":
      return { status: "completed", attempt: "completed", result: outcome.result }
    case "RetryLater":
      return { status: "pending", attempt: "failed", error: outcome.error, delay: outcome.delay }
    case "Failed":
      return { status: "failed", attempt: "failed", error: outcome.error }
    case "Cancelled":
      return { status: "cancelled", attempt: "cancelled" }
    case "Released":
      return { status: "pending", attempt: "released" }
  }
}

const make = (settings: QueueSettings) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const types = yield* JobTypes
    const leaseSeconds = Duration.toSeconds(settings.leaseTime)
    const names = types.all.map((type) => type.name)

    /** Runs a statement that returns a row exactly when the lease is still held. */
    const fenced = (operation: string, lease: Lease, statement: Statement.Statement<object>) =>
      statement.pipe(
        unavailable(operation),
        Effect.flatMap((rows) => (rows.length === 0 ? Effect.fail(new LeaseLost({ jobId: lease.jobId })) : Effect.void))
      )

    const held = (lease: Lease) => sql`id = ${lease.jobId}::uuid AND lease_token = ${lease.token}::uuid`

    const beat = Effect.fn("JobQueue.beat")(function* (leases: ReadonlyArray<Lease>) {
      const rows = yield* sql<{ kind: string; name: string; dueMs: number }>`
        WITH alive AS (
          INSERT INTO workers (name, boot_id, lanes)
          VALUES (${settings.worker.name}, ${settings.worker.bootId}::uuid,
            ${JSON.stringify(settings.places)}::text::jsonb)
          ON CONFLICT (name) DO UPDATE SET
            boot_id = excluded.boot_id, lanes = excluded.lanes, seen_at = now(),
            started_at = CASE WHEN workers.boot_id = excluded.boot_id THEN workers.started_at ELSE now() END
        ), held AS (
          SELECT * FROM unnest(
            ${leases.map((lease) => lease.jobId)}::text[]::uuid[], ${leases.map((lease) => lease.token)}::text[]::uuid[]
          ) AS h (id, token)
        ), renewed AS (
          UPDATE script_jobs j SET lease_expires_at = now() + ${leaseSeconds} * interval '1 second'
          FROM held WHERE j.id = held.id AND j.lease_token = held.token
          RETURNING j.id, j.cancel_requested_at
        )
        SELECT CASE WHEN renewed.id IS NULL THEN 'lost' ELSE 'cancel' END AS kind, held.id::text AS name, 0 AS due_ms
        FROM held LEFT JOIN renewed USING (id)
        WHERE renewed.id IS NULL OR renewed.cancel_requested_at IS NOT NULL
        UNION ALL
        SELECT 'due', place.lane, extract(epoch FROM due.run_at)::float8 * 1000
        FROM unnest(${Object.keys(settings.places)}::text[]) AS place (lane),
          LATERAL (
            SELECT j.run_at FROM script_jobs j
            WHERE j.status = 'pending' AND j.lane = place.lane ORDER BY j.run_at LIMIT 1
          ) due`.pipe(unavailable("beat"))
      const named = (kind: string) => rows.filter((row) => row.kind === kind)
      return {
        lost: named("lost").map((row) => row.name as JobId),
        cancelRequested: named("cancel").map((row) => row.name as JobId),
        nextDueMs: new Map(named("due").map((row) => [row.name as Lane, Number(row.dueMs)]))
      }
    })

    const progressColumns = (progress: Progress) => sql`
      progress_percent = ${progress.percent}, progress_message = ${progress.message ?? null},
      current_step = ${progress.step ?? null}, current_step_name = ${progress.stepName ?? null},
      total_steps = ${progress.totalSteps}`

    const startStep: typeof JobQueue.Service.startStep = (lease, step) =>
      fenced(
        "startStep",
        lease,
        sql`
        WITH mine AS (
          UPDATE script_jobs SET ${progressColumns(step.progress)} WHERE ${held(lease)} RETURNING id
        ), started AS (
          INSERT INTO job_steps (job_id, attempt, name, number)
          SELECT id, ${lease.attempt}, ${step.name}, ${step.number} FROM mine
          ON CONFLICT (job_id, attempt, name) DO UPDATE SET started_at = now(), ended_at = NULL, outcome = NULL
        )
        SELECT id FROM mine`
      )

    const endStep = (lease: Lease, step: StepEnd) =>
      fenced(
        "endStep",
        lease,
        sql`
        WITH mine AS (
          SELECT id FROM script_jobs WHERE ${held(lease)} FOR UPDATE
        ), ended AS (
          UPDATE job_steps s SET ended_at = now(), outcome = ${step.outcome}
          FROM mine WHERE s.job_id = mine.id AND s.attempt = ${lease.attempt} AND s.name = ${step.name}
        ), kept AS (
          INSERT INTO job_checkpoints (job_id, name, attempt, output)
          SELECT id, ${step.name}, ${lease.attempt}, ${JSON.stringify(step.checkpoint?.output ?? null)}::text::jsonb
          FROM mine WHERE ${step.checkpoint !== undefined}
          ON CONFLICT (job_id, name) DO UPDATE SET output = excluded.output, attempt = excluded.attempt
        )
        SELECT id FROM mine`
      )

    const progress = (lease: Lease, value: Progress) =>
      fenced("progress", lease, sql`UPDATE script_jobs SET ${progressColumns(value)} WHERE ${held(lease)} RETURNING id`)

    const log = (lease: Lease, lines: ReadonlyArray<NewLogLine>) =>
      lines.length === 0
        ? Effect.void
        : sql`
        WITH added AS (
          INSERT INTO job_logs (job_id, attempt, at, level, step, message)
          SELECT ${lease.jobId}::uuid, ${lease.attempt}, (line->>'at')::timestamptz, line->>'level', line->>'step',
            line->>'message'
          FROM jsonb_array_elements(${JSON.stringify(lines)}::text::jsonb) WITH ORDINALITY AS l (line, position)
          WHERE EXISTS (SELECT 1 FROM script_jobs WHERE id = ${lease.jobId}::uuid)
          ORDER BY position
        )
        SELECT pg_notify('callboard', json_build_object('logged', ${lease.jobId}::text)::text)`.pipe(
            unavailable("log"),
            Effect.asVoid
          )

    const settle = Effect.fn("JobQueue.settle")(function* (lease: Lease, outcome: Outcome) {
      const { attempt, delay, error, result, status } = recordOf(outcome)
      const errorValues = sql`${error?.code ?? null}, ${error?.message ?? null}, ${error?.retryable ?? null},
        ${error?.step ?? null}, ${error?.hint ?? null}`
      const delaySeconds = delay === undefined ? null : Duration.toSeconds(delay)
      // A job that was asked to stop while it failed or was handed back must not run again.
      yield* fenced(
        "settle",
        lease,
        sql`
        WITH settled AS (
          UPDATE script_jobs SET
            status = CASE WHEN ${status} = 'pending' AND cancel_requested_at IS NOT NULL THEN 'cancelled'
              ELSE ${status} END,
            result = ${result === undefined ? null : JSON.stringify(result)}::text::jsonb,
            (error_code, error_message, error_retryable, error_step, error_hint) = ROW (${errorValues}),
            retry_count = retry_count + CASE WHEN ${delaySeconds !== null} THEN 1 ELSE 0 END,
            run_at = CASE WHEN ${delaySeconds !== null}
              THEN now() + ${delaySeconds ?? 0} * interval '1 second' ELSE run_at END,
            next_retry_at = CASE WHEN ${delaySeconds !== null}
              THEN now() + ${delaySeconds ?? 0} * interval '1 second' END,
            progress_percent = CASE WHEN ${status} = 'completed' THEN 100 ELSE progress_percent END
          WHERE ${held(lease)}
          RETURNING id
        ), ended AS (
          UPDATE job_attempts a SET ended_at = now(), outcome = ${attempt},
            (error_code, error_message, error_retryable, error_step, error_hint) = ROW (${errorValues})
          FROM settled WHERE a.job_id = settled.id AND a.attempt = ${lease.attempt}
        ), stopped AS (
          UPDATE job_steps s SET ended_at = now(), outcome = 'stopped'
          FROM settled WHERE s.job_id = settled.id AND s.attempt = ${lease.attempt} AND s.ended_at IS NULL
        )
        SELECT id FROM settled`
      )
    })

    const claim = yield* makeClaim(settings, names)
    const { expire, rescue } = yield* makeRescue(settings.worker)

    return JobQueue.of({
      claim: (lane, limit) => claim(lane, limit).pipe(unavailable("claim")),
      beat,
      startStep,
      endStep,
      progress,
      log,
      settle,
      rescue: rescue.pipe(unavailable("rescue")),
      expire: expire.pipe(unavailable("expire"))
    })
  })

export const layer = (settings: QueueSettings) => Layer.effect(JobQueue, make(settings))
