/** Records how attempts ended. Attempts that end at the same time share one statement. */
import { Cause, Duration, Effect, Exit } from "effect"
import { SqlClient } from "effect/sql"
import type { AttemptOutcome } from "../../domain/Attempt.ts"
import type { StoredError } from "../../domain/JobError.ts"
import type { CannotBeStored, Outcome, QueueUnavailable } from "../../domain/JobQueue.ts"
import type { JobStatus } from "../../domain/JobStatus.ts"
import { type Lease, LeaseLost, type LeaseToken } from "../../domain/Lease.ts"
import { makeCoalescer } from "../Coalescer.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { refusedOrUnavailable } from "./queueFailures.ts"

/** More in one statement no longer makes it cheaper, and would hold up the first of them. */
const MOST_TOGETHER = 500

/** While one statement is worked on by the database, the next is made here. */
const STATEMENTS_AT_ONCE = 2

/** A connection that went silent must not hold up the next try. */
const LONGEST_TRY = Duration.seconds(10)

interface Ending {
  readonly lease: Lease
  readonly outcome: Outcome
}

/** What an outcome means for the job and for its attempt. */
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

const rowOf = ({ lease, outcome }: Ending) => {
  const { attempt, delay, error, result, status } = recordOf(outcome)
  return {
    id: lease.jobId,
    token: lease.token,
    status,
    outcome: attempt,
    result,
    ...error,
    delay_seconds: delay && Duration.toSeconds(delay)
  }
}

export const makeSettle = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** The tokens that were still held. A job that was asked to stop while it failed or was handed back does not go on. */
  const record = (endings: ReadonlyArray<Ending>) =>
    sql<{ token: LeaseToken }>`
    WITH given AS (
      SELECT * FROM json_to_recordset(${JSON.stringify(endings.map(rowOf))}::text::json) AS g (
        id uuid, token uuid, status text, outcome text, result jsonb, code text, message text, retryable boolean,
        step text, hint text, delay_seconds float8
      )
    ), settled AS (
      UPDATE script_jobs j SET
        status = CASE WHEN g.status = 'pending' AND j.cancel_requested_at IS NOT NULL THEN 'cancelled' ELSE g.status END,
        result = g.result,
        error_code = g.code, error_message = g.message, error_retryable = g.retryable, error_step = g.step,
        error_hint = g.hint,
        retry_count = j.retry_count
          + CASE WHEN g.delay_seconds IS NULL OR j.cancel_requested_at IS NOT NULL THEN 0 ELSE 1 END,
        run_at = CASE WHEN g.delay_seconds IS NULL THEN j.run_at
          ELSE now() + g.delay_seconds * interval '1 second' END,
        next_retry_at = now() + g.delay_seconds * interval '1 second',
        progress_percent = CASE WHEN g.status = 'completed' THEN 100 ELSE j.progress_percent END
      FROM given g WHERE j.id = g.id AND j.lease_token = g.token
      RETURNING j.id, g.token, j.attempt, g.status, j.started_at, j.lease_owner, g.outcome, g.code, g.message,
        g.retryable, g.step, g.hint
    ), kept AS (
      -- Also when the job was cancelled instead: its row would not say that the attempt failed, or how.
      INSERT INTO job_attempts (
        job_id, attempt, worker, started_at, ended_at, outcome, error_code, error_message, error_retryable, error_step,
        error_hint
      )
      SELECT id, attempt, lease_owner, started_at, now(), outcome, code, message, retryable, step, hint
      FROM settled WHERE status = 'pending'
    ), stopped AS (
      UPDATE job_steps s SET ended_at = now(), outcome = 'stopped'
      FROM settled WHERE s.job_id = settled.id AND s.attempt = settled.attempt AND s.ended_at IS NULL
    )
    SELECT token FROM settled`.pipe(
      Effect.map((rows) => new Set(rows.map((row) => row.token))),
      giveUpAfter(LONGEST_TRY),
      Effect.mapError(refusedOrUnavailable("settle"))
    )

  const endOf = ({ lease }: Ending, held: ReadonlySet<LeaseToken>) =>
    held.has(lease.token) ? Exit.void : Exit.fail(new LeaseLost({ jobId: lease.jobId }))

  const settle = yield* makeCoalescer<Ending, void, LeaseLost | CannotBeStored | QueueUnavailable>({
    most: MOST_TOGETHER,
    parallel: STATEMENTS_AT_ONCE,
    run: Effect.fnUntraced(function* (endings) {
      // By id, as everybody who writes more than one job: two such statements then seldom meet the other way round.
      const ordered = endings.toSorted((a, b) => (a.lease.jobId < b.lease.jobId ? -1 : 1))
      const together = yield* Effect.exit(record(ordered))
      if (Exit.isSuccess(together)) return endings.map((ending) => endOf(ending, together.value))
      const failure = Cause.findErrorOption(together.cause)
      if (endings.length === 1 || failure._tag === "None" || failure.value._tag === "QueueUnavailable") {
        return endings.map(() => Exit.failCause(together.cause))
      }
      // One value that cannot be stored must not take the other endings with it.
      return yield* Effect.forEach(endings, (ending) =>
        Effect.map(Effect.exit(record([ending])), (alone) =>
          Exit.isSuccess(alone) ? endOf(ending, alone.value) : Exit.failCause(alone.cause)
        )
      )
    })
  })

  return (lease: Lease, outcome: Outcome) => settle({ lease, outcome })
})
