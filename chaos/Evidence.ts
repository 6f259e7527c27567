/** All that is known after a run, from three witnesses: the scripts' journal, the database, and the harness itself. */
import { Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { CancelAnswer } from "./Creator.ts"
import type { Line } from "./Journal.ts"
import type { Ordered } from "./orders.ts"

export interface JobRow {
  readonly ref: string
  readonly id: string
  readonly status: string
  readonly attempt: number
  readonly retryCount: number
  readonly maxRetries: number
  readonly crashCount: number
  readonly errorCode: string | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly completedAt: Date | null
  readonly concurrencyKey: string | null
  readonly dedupeKey: string | null
  readonly onDependencyFailure: "fail" | "run"
}

export interface AttemptRow {
  readonly ref: string
  readonly attempt: number
  readonly outcome: string | null
  readonly startedAt: Date
  readonly endedAt: Date | null
  readonly crashed: boolean
}

export interface CheckpointRow {
  readonly ref: string
  readonly step: string
  readonly attempt: number
  readonly output: string
}

/** What should be nothing at the end, by name. */
export type Leftovers = Readonly<Record<string, number>>

export interface Evidence {
  readonly ordered: ReadonlyMap<string, Ordered>
  readonly cancels: ReadonlyMap<string, CancelAnswer>
  readonly jobs: ReadonlyArray<JobRow>
  /** Every attempt that was claimed, also the last one of each job. */
  readonly attempts: ReadonlyArray<AttemptRow>
  readonly checkpoints: ReadonlyArray<CheckpointRow>
  /** In the order in which they were written. */
  readonly lines: ReadonlyArray<Line>
  /** The last end of each lease that was seen while it was held, by `attemptKey`; short attempts have none. */
  readonly leaseEnds: ReadonlyMap<string, number>
  readonly leftovers: Leftovers
  /** What the harness itself found wrong on the way. */
  readonly problems: ReadonlyArray<string>
}

export const attemptKey = (ref: string, attempt: number) => `${ref}#${attempt}`

/** A renewed lease lasts far longer than this, so the end that was seen last is its real end. */
const LOOK_EVERY = Duration.millis(500)

/** Looks at the leases from time to time, and remembers when each would end. */
export const watchLeases = (ends: Map<string, number>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const look = sql<{ ref: string; attempt: number; endsAt: Date }>`
      SELECT j.client_ref AS ref, j.attempt, l.expires_at AS ends_at
      FROM job_leases l JOIN script_jobs j ON j.id = l.id AND j.lease_token = l.token`
    yield* look.pipe(
      Effect.timeout("2 seconds"),
      Effect.tap((rows) =>
        Effect.sync(() => {
          for (const { attempt, endsAt, ref } of rows) ends.set(attemptKey(ref, attempt), endsAt.getTime())
        })
      ),
      Effect.ignore,
      Effect.andThen(Effect.sleep(LOOK_EVERY)),
      Effect.forever
    )
  })

export const readDatabase = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const jobs = yield* sql<JobRow>`
    SELECT coalesce(client_ref, '') AS ref, id, status, attempt, retry_count, max_retries, crash_count, error_code,
      created_at, started_at, completed_at, concurrency_key, dedupe_key, on_dependency_failure
    FROM script_jobs ORDER BY id`
  const attempts = yield* sql<AttemptRow>`
    SELECT j.client_ref AS ref, a.attempt, a.outcome, a.started_at, a.ended_at,
      coalesce(a.error_message LIKE 'The worker stopped%', false) AS crashed
    FROM job_attempts a JOIN script_jobs j ON j.id = a.job_id
    UNION ALL
    SELECT client_ref, attempt, status, started_at, completed_at, false FROM script_jobs j
    WHERE lease_owner IS NOT NULL AND NOT EXISTS (
      SELECT FROM job_attempts a WHERE a.job_id = j.id AND a.attempt = j.attempt
    )
    ORDER BY ref, attempt`
  const checkpoints = yield* sql<CheckpointRow>`
    SELECT j.client_ref AS ref, c.name AS step, c.attempt, c.output #>> '{}' AS output
    FROM job_checkpoints c JOIN script_jobs j ON j.id = c.job_id`
  const [counts] = yield* sql<Record<string, number>>`
    SELECT (SELECT count(*)::int FROM job_queue) AS "rows of job_queue",
      (SELECT count(*)::int FROM job_leases) AS "rows of job_leases",
      (SELECT count(*)::int FROM job_steps WHERE ended_at IS NULL) AS "steps that have not ended",
      (SELECT count(*)::int FROM job_attempts WHERE ended_at IS NULL) AS "attempts that have not ended",
      (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory') AS "advisory locks"`
  return { jobs, attempts, checkpoints, leftovers: counts ?? {} }
})
