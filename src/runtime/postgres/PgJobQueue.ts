/**
 * The worker's contract on PostgreSQL. Every write but that of log lines names the lease's token, so a worker that lost it
 * changes nothing. Log lines only add to what is known of their own attempt.
 */
import { Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue, type NewLogLine, type StepEnd } from "../../domain/JobQueue.ts"
import { JobTypes } from "../../domain/JobType.ts"
import type { Lane } from "../../domain/Lane.ts"
import type { Lease, WorkerIdentity } from "../../domain/Lease.ts"
import type { Progress } from "../../domain/Progress.ts"
import { makeBeat } from "./beatWorker.ts"
import { makeClaim } from "./claimJobs.ts"
import { makeFence } from "./fence.ts"
import { refusedOrUnavailable, unavailable } from "./queueFailures.ts"
import { makeSettle } from "./settleJobs.ts"

export interface QueueSettings {
  readonly worker: WorkerIdentity
  readonly leaseTime: Duration.Duration
  /** Places of this worker per lane; a web-only process has none. */
  readonly places: Readonly<Partial<Record<Lane, number>>>
  /** Where this worker removes bytes of files that are gone. */
  readonly store?: string
}

const make = (settings: QueueSettings) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const types = yield* JobTypes
    const names = [...types.all, ...types.own].map((type) => type.name)

    const { fenced, held } = makeFence(sql)
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

    /**
     * Steps are started on other connections, so one that was sent earlier may come later: it changes nothing. Within a
     * step the percentage may stand still while the message moves on.
     */
    const progress = (lease: Lease, value: Progress) =>
      fenced(
        unavailable("progress"),
        lease,
        sql`
        WITH moved AS (
          UPDATE script_jobs SET ${progressColumns(value)}
          WHERE ${held(lease)} AND (progress_percent < ${value.percent}
            OR (progress_percent = ${value.percent} AND current_step_name IS NOT DISTINCT FROM ${value.stepName ?? null}))
          RETURNING id
        )
        SELECT id FROM moved
        UNION ALL
        SELECT id FROM script_jobs WHERE ${held(lease)} AND NOT EXISTS (SELECT FROM moved)`
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

    const expiresWithin = (lease: Lease, delay: Duration.Duration) =>
      sql<{ expires: boolean }>`
        SELECT expires_at <= now() + ${Duration.toSeconds(delay)} * interval '1 second' AS expires
        FROM script_jobs WHERE ${held(lease)}`.pipe(
        Effect.mapError(unavailable("expiresWithin")),
        Effect.map(([row]) => row?.expires === true)
      )

    const claim = yield* makeClaim(settings, names)
    const beat = yield* makeBeat(settings, names)
    const { completeSoon, settle } = yield* makeSettle

    return JobQueue.of({
      claim: (lane, limit) => claim(lane, limit).pipe(Effect.mapError(unavailable("claim"))),
      beat,
      startStep,
      endStep,
      progress,
      log,
      expiresWithin,
      settle,
      completeSoon,
      leave: sql`
        DELETE FROM workers
        WHERE (name = ${settings.worker.name} AND boot_id = ${settings.worker.bootId}::uuid)
          OR seen_at < now() - interval '1 day'`.pipe(Effect.mapError(unavailable("leave")), Effect.asVoid)
    })
  })

export const layer = (settings: QueueSettings) => Layer.effect(JobQueue, make(settings))
