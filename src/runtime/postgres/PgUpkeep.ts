/** The janitor's contract on PostgreSQL: repairs what dead workers and the passing of time leave behind. */
import { Duration, Effect, Layer } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import type { Lease, WorkerIdentity } from "../../domain/Lease.ts"
import { type OverdueClaim, Upkeep } from "../../domain/Upkeep.ts"
import { jobExpired, jobRescued, type TidiedJob } from "../JobLife.ts"
import { claimOf } from "./claimJobs.ts"
import { unavailable } from "./queueFailures.ts"
import { makeRemoveOld } from "./removeOld.ts"

/** A job whose worker died this often under it is failed: it is likely the reason. */
const CRASH_LIMIT = 3

/** Rows per statement, so that a large backlog never holds locks for long. */
const BATCH = 500

/** A worker beats every 5 s; one that missed three beats is gone. */
const WORKER_ALIVE = "15 seconds"

/** Any fixed number: the key of the janitor's advisory lock. */
const JANITOR_LOCK = 7_210_521

/** PostgreSQL ends a transaction that is idle for 10 s, so that a frozen janitor keeps nobody else from working. */
const STILL_HERE_EVERY = Duration.seconds(3)

const CRASHED = "The worker stopped while it ran this job."
const LOST = "The worker could not renew its lease in time."
const CRASHED_HINT = "Look at the last log lines of each attempt. Retry it when the cause is gone."

/** `worker` is absent in a process that does not claim. */
const make = (worker: WorkerIdentity | undefined) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    /** A lease of a former self of this worker: taken over at once. */
    const formerSelf =
      worker === undefined ? sql`false` : sql`(l.owner = ${worker.name} AND l.boot <> ${worker.bootId}::uuid)`

    const owner = (fact: Statement.Fragment) =>
      sql`EXISTS (SELECT FROM workers w WHERE w.name = l.owner AND w.boot_id = l.boot AND ${fact})`

    /** A worker that beats did not crash: the job only ran into an outage, or was never started there. */
    const beats = owner(sql`w.seen_at > now() - ${WORKER_ALIVE}::interval`)

    /**
     * Another one beat steadily all the while in which this one was silent, so it was not the database that was away.
     * Without such a witness nobody knows yet: after an outage all are silent, until each has sent its next beat.
     */
    const crashed = sql`(${formerSelf} OR NOT ${owner(sql`true`)} OR ${owner(sql`EXISTS (
      SELECT FROM workers witness
      WHERE witness.steady_boot = witness.boot_id
        AND witness.seen_at - greatest(witness.steady_since, w.seen_at) > ${WORKER_ALIVE}::interval
    )`)})`

    const rescue = (inHand: ReadonlyArray<Lease>) =>
      sql<TidiedJob>`
      WITH dead AS (
        SELECT l.id, l.token, owner.crashed,
          j.cancel_requested_at IS NULL AND owner.crashed AND j.crash_count + 1 >= ${CRASH_LIMIT} AS beyond_repair
        FROM job_leases l JOIN script_jobs j ON j.id = l.id
        CROSS JOIN LATERAL (SELECT ${crashed} AS crashed, ${beats} AS beats) owner
        WHERE (l.expires_at < now() OR ${formerSelf})
          AND (owner.crashed OR owner.beats OR j.cancel_requested_at IS NOT NULL)
          AND l.token <> ALL (${inHand.map((lease) => lease.token)}::text[]::uuid[])
        ORDER BY l.expires_at
        LIMIT ${BATCH}
        FOR UPDATE OF j SKIP LOCKED
      ), rescued AS (
        UPDATE script_jobs j SET
          crash_count = crash_count + CASE WHEN crashed THEN 1 ELSE 0 END,
          status = CASE
            WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
            WHEN beyond_repair THEN 'failed'
            ELSE 'pending' END,
          error_code = CASE WHEN beyond_repair THEN 'WORKER_CRASHED' ELSE error_code END,
          error_message = CASE WHEN beyond_repair THEN ${CRASHED} ELSE error_message END,
          error_hint = CASE WHEN beyond_repair THEN ${CRASHED_HINT} ELSE error_hint END,
          error_step = CASE WHEN beyond_repair THEN current_step_name ELSE error_step END,
          error_retryable = CASE WHEN beyond_repair THEN false ELSE error_retryable END
        FROM dead WHERE j.id = dead.id AND j.lease_token = dead.token
        RETURNING j.id, j.attempt, j.status, j.started_at, j.lease_owner, dead.crashed, j.job_id, j.job_type, j.lane,
          j.organisation_id
      ), kept AS (
        INSERT INTO job_attempts (
          job_id, attempt, worker, started_at, ended_at, outcome, error_code, error_message, error_retryable
        )
        SELECT id, attempt, lease_owner, started_at, now(), 'lost', 'WORKER_CRASHED',
          CASE WHEN crashed THEN ${CRASHED} ELSE ${LOST} END, true
        FROM rescued
      ), stopped AS (
        UPDATE job_steps s SET ended_at = now(), outcome = 'stopped'
        FROM rescued WHERE s.job_id = rescued.id AND s.attempt = rescued.attempt AND s.ended_at IS NULL
      )
      SELECT job_id, job_type, organisation_id, lane, attempt, status FROM rescued`.pipe(
        Effect.mapError(unavailable("rescue")),
        Effect.tap((rows) => Effect.forEach(rows, jobRescued, { discard: true })),
        Effect.map((rows) => rows.length)
      )

    // A queue row whose job has ended meanwhile was left there by the one who ended it while it was in somebody's hand.
    const expire = sql<TidiedJob>`
      WITH left_over AS (
        DELETE FROM job_queue WHERE id IN (
          SELECT q.id FROM job_queue q
          WHERE q.expires_at <= now()
            AND NOT EXISTS (SELECT FROM script_jobs j WHERE j.id = q.id AND j.status = 'pending')
          ORDER BY q.expires_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
        )
      )
      UPDATE script_jobs SET status = 'failed', error_code = 'EXPIRED', error_retryable = false,
        error_message = 'It had not finished by the time it expires.',
        error_hint = 'Retry it if it is still wanted.', error_step = NULL
      WHERE status = 'pending' AND id IN (
        SELECT j.id FROM job_queue q JOIN script_jobs j ON j.id = q.id AND j.status = 'pending'
        WHERE q.expires_at <= now() ORDER BY q.expires_at LIMIT ${BATCH} FOR UPDATE OF j SKIP LOCKED
      )
      RETURNING job_id, job_type, organisation_id, lane, status`.pipe(
      Effect.mapError(unavailable("expire")),
      Effect.tap((rows) => Effect.forEach(rows, jobExpired, { discard: true })),
      Effect.map((rows) => rows.length)
    )

    /**
     * It is silent, or was within this time for longer than it trusts its leases, as a process is that froze: when it wakes
     * it gives back what it held, and needs its time for that as well. Shorter gaps do not count, because a script that
     * cannot be interrupted may make one after the other. What a worker of an older version leaves in `workers` does not tell.
     */
    const wasSilent = (within: Statement.Fragment) =>
      owner(sql`w.steady_boot = w.boot_id
        AND (w.frozen_at > now() - ${within} OR w.seen_at <= now() - ${WORKER_ALIVE}::interval)`)

    const overdue = (grace: Duration.Duration) => {
      const time = sql`${Duration.toSeconds(grace)} * interval '1 second'`
      return sql.withoutTransforms()<Parameters<typeof claimOf>[0] & Pick<OverdueClaim, "lane">>`
      SELECT j.id, j.job_id, j.job_type, j.organisation_id, j.input_payload, l.token AS lease_token, j.attempt,
        j.retry_count, j.max_retries, j.timeout_ms, NULL AS checkpoints, j.lane
      FROM job_leases l JOIN script_jobs j ON j.id = l.id AND j.lease_token = l.token
      WHERE l.timeout_at < now() - ${time} AND NOT ${wasSilent(time)}
      ORDER BY l.timeout_at LIMIT ${BATCH}`.pipe(
        Effect.map((rows) => rows.map((row) => ({ ...claimOf(row), lane: row.lane }))),
        Effect.mapError(unavailable("overdue"))
      )
    }

    const removeOld = makeRemoveOld(sql)

    // The lock lives as long as its transaction, and so no longer than the connection of the one who holds it.
    const alone: typeof Upkeep.Service.alone = (work) =>
      Effect.scoped(
        Effect.gen(function* () {
          const connection = yield* sql.reserve.pipe(Effect.mapError(unavailable("alone")))
          const run = (statement: string) =>
            connection.executeRaw(statement, []).pipe(Effect.mapError(unavailable("alone")))
          // A COMMIT that fails has no lock to give back: it went with the connection.
          yield* Effect.acquireRelease(run("BEGIN"), () => Effect.ignore(run("COMMIT")))
          const [row] = yield* connection
            .execute(`SELECT pg_try_advisory_xact_lock(${JANITOR_LOCK}) AS mine`, [], undefined)
            .pipe(Effect.mapError(unavailable("alone")))
          if (row?.mine !== true) return undefined
          // Ends only by failing: who has lost the lock stops, because somebody else may be at it.
          const stillHere = Effect.uninterruptible(run("SELECT")).pipe(Effect.delay(STILL_HERE_EVERY), Effect.forever)
          return yield* Effect.raceFirst(work, stillHere)
        })
      )

    return Upkeep.of({ alone, rescue, expire, overdue, removeOld })
  })

export const layer = (worker?: WorkerIdentity) => Layer.effect(Upkeep, make(worker))
