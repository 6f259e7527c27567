/** The worker's contract on PostgreSQL. Every write names the lease's token, so a worker that lost it changes nothing. */
import { Duration, Effect, Layer } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import type { AttemptOutcome } from "../../domain/Attempt.ts"
import type { StoredError } from "../../domain/JobError.ts"
import { JobQueue, type NewLogLine, type Outcome, type StepEnd } from "../../domain/JobQueue.ts"
import type { JobStatus } from "../../domain/JobStatus.ts"
import { JobTypes } from "../../domain/JobType.ts"
import type { Lane } from "../../domain/Lane.ts"
import { type Lease, LeaseLost, type LeaseToken, type WorkerIdentity } from "../../domain/Lease.ts"
import type { Progress } from "../../domain/Progress.ts"
import { makeClaim } from "./claimJobs.ts"
import { refusedOrUnavailable, unavailable } from "./queueFailures.ts"
import { makeRescue } from "./rescueJobs.ts"

export interface QueueSettings {
  readonly worker: WorkerIdentity
  readonly leaseTime: Duration.Duration
  /** Places of this worker per lane; a web-only process has none. */
  readonly places: Readonly<Partial<Record<Lane, number>>>
}

/** The columns that an outcome writes. */
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
    const fenced = <E>(toError: (cause: unknown) => E, lease: Lease, statement: Statement.Statement<object>) =>
      statement.pipe(
        Effect.mapError(toError),
        Effect.flatMap(
          (rows): Effect.Effect<void, LeaseLost> =>
            rows.length === 0 ? Effect.fail(new LeaseLost({ jobId: lease.jobId })) : Effect.void
        )
      )

    const held = (lease: Lease) => sql`id = ${lease.jobId}::uuid AND lease_token = ${lease.token}::uuid`

    const beat = Effect.fn("JobQueue.beat")(function* (leases: ReadonlyArray<Lease>) {
      const rows = yield* sql<{ kind: string; name: string; dueInMs: number }>`
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
        SELECT CASE WHEN renewed.id IS NULL THEN 'lost' ELSE 'cancel' END AS kind, held.token::text AS name,
          0 AS due_in_ms
        FROM held LEFT JOIN renewed USING (id)
        WHERE renewed.id IS NULL OR renewed.cancel_requested_at IS NOT NULL
        UNION ALL
        SELECT 'due', place.lane, ceil(extract(epoch FROM due.run_at - now()) * 1000)::float8
        FROM unnest(${Object.keys(settings.places)}::text[]) AS place (lane),
          LATERAL (
            SELECT j.run_at FROM script_jobs j
            WHERE j.status = 'pending' AND j.lane = place.lane ORDER BY j.run_at LIMIT 1
          ) due`.pipe(Effect.mapError(unavailable("beat")))
      const named = (kind: string) => rows.filter((row) => row.kind === kind)
      return {
        lost: named("lost").map((row) => row.name as LeaseToken),
        cancelRequested: named("cancel").map((row) => row.name as LeaseToken),
        dueInMs: new Map(named("due").map((row) => [row.name as Lane, Number(row.dueInMs)]))
      }
    })

    const progressColumns = (progress: Progress) => sql`
      progress_percent = ${progress.percent}, progress_message = ${progress.message ?? null},
      current_step = ${progress.step ?? null}, current_step_name = ${progress.stepName ?? null},
      total_steps = ${progress.totalSteps}`

    const startStep: typeof JobQueue.Service.startStep = (lease, step) =>
      fenced(
        unavailable("startStep"),
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
        refusedOrUnavailable("endStep"),
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
      fenced(
        unavailable("progress"),
        lease,
        sql`UPDATE script_jobs SET ${progressColumns(value)} WHERE ${held(lease)} RETURNING id`
      )

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
            Effect.mapError(unavailable("log")),
            Effect.asVoid
          )

    const settle = Effect.fn("JobQueue.settle")(function* (lease: Lease, outcome: Outcome) {
      const { attempt, delay, error, result, status } = recordOf(outcome)
      const errorValues = sql`${error?.code ?? null}, ${error?.message ?? null}, ${error?.retryable ?? null},
        ${error?.step ?? null}, ${error?.hint ?? null}`
      const delaySeconds = delay === undefined ? null : Duration.toSeconds(delay)
      // A job that was asked to stop while it failed or was handed back must not run again.
      yield* fenced(
        refusedOrUnavailable("settle"),
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
      claim: (lane, limit) => claim(lane, limit).pipe(Effect.mapError(unavailable("claim"))),
      beat,
      startStep,
      endStep,
      progress,
      log,
      settle,
      rescue: (inHand) => rescue(inHand).pipe(Effect.mapError(unavailable("rescue"))),
      leave: sql`
        DELETE FROM workers
        WHERE (name = ${settings.worker.name} AND boot_id = ${settings.worker.bootId}::uuid)
          OR seen_at < now() - interval '1 day'`.pipe(Effect.mapError(unavailable("leave")), Effect.asVoid),
      expire: expire.pipe(Effect.mapError(unavailable("expire")))
    })
  })

export const layer = (settings: QueueSettings) => Layer.effect(JobQueue, make(settings))
