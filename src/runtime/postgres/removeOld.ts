/** Removes what is older than it is to be kept, in statements that are short however much there is of it. */
import { Duration, Effect } from "effect"
import type { SqlClient } from "effect/sql"
import { awaitedUploads } from "./awaitedUploads.ts"
import { mayRemove } from "./databaseClock.ts"
import { unavailable } from "./queueFailures.ts"

/** Rows per statement, so that a large backlog never holds locks for long. */
const BATCH = 500

/** Log lines per statement: 500 talkative jobs have millions, which no statement removes within its time. */
const LINES = 20_000

/** An Idempotency-Key is good for this long, as `find_key` has it (migrations). */
const KEYS_KEPT = "24 hours"

/** Any fixed number: the key of the advisory lock of each statement that removes old things. */
const REMOVAL_LOCK = 7_210_522

export const makeRemoveOld = (sql: SqlClient.SqlClient) => {
  /**
   * One node at a time here too, but apart from the janitor's lock, and held for one statement only: a removal takes
   * minutes, and rescues must not wait for it.
   */
  const elected = sql`(SELECT pg_try_advisory_xact_lock(${REMOVAL_LOCK}))`

  // Ids rise with time of creation, and what was created first mostly ended first, so the oldest are met at once.
  const oldest = (keep: Duration.Duration, besides = sql``) => sql`
    SELECT j.id FROM script_jobs j, (SELECT now() - ${Duration.toSeconds(keep)} * interval '1 second' AS at) horizon
    WHERE ${elected} AND j.id < first_id_at(horizon.at) AND j.completed_at < horizon.at ${besides}
    ORDER BY j.id LIMIT ${BATCH}`

  // Before their jobs, which take along only what is left then.
  const removeLines = (keep: Duration.Duration) =>
    sql<{ lines: number }>`
      WITH old AS MATERIALIZED (${oldest(keep)}), gone AS (
        DELETE FROM job_logs WHERE id = ANY (ARRAY(
          SELECT line.id FROM old CROSS JOIN LATERAL (SELECT l.id FROM job_logs l WHERE l.job_id = old.id OFFSET 0) line
          LIMIT ${LINES}
        )) RETURNING 1
      )
      SELECT count(*)::int AS lines FROM gone`.pipe(
      Effect.mapError(unavailable("removeOld")),
      Effect.repeat({ while: ([row]) => row?.lines === LINES })
    )

  // Not of jobs that have lines still: another process may have had the lock while they were to be removed here.
  const removeSome = (keep: Duration.Duration) =>
    sql<{ id: string }>`
      DELETE FROM script_jobs WHERE id IN (
        ${oldest(keep, sql`AND NOT EXISTS (SELECT FROM job_logs l WHERE l.job_id = j.id)`)} FOR UPDATE OF j SKIP LOCKED
      ) RETURNING id`.pipe(
      Effect.map((rows) => rows.length),
      Effect.mapError(unavailable("removeOld"))
    )

  /** Their bytes are left to the sweep. */
  const removeExpiredFiles = sql`
    WITH files AS (DELETE FROM job_artifacts WHERE ${elected} AND expires_at <= now()),
      old AS MATERIALIZED (SELECT * FROM uploads WHERE ${elected} AND expires_at <= now()),
      awaited AS MATERIALIZED (${awaitedUploads(sql, sql`SELECT * FROM old`)})
    DELETE FROM uploads WHERE id IN (SELECT id FROM old) AND id::text NOT IN (SELECT upload FROM awaited)`.pipe(
    Effect.mapError(unavailable("removeOld"))
  )

  const forgetKeys = sql<{ key: string }>`
    DELETE FROM idempotency_keys WHERE (organisation_id, key) IN (
      SELECT k.organisation_id, k.key FROM idempotency_keys k
      WHERE ${elected} AND k.created_at <= now() - ${KEYS_KEPT}::interval
      ORDER BY k.created_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
    )
    RETURNING key`.pipe(
    Effect.map((rows) => rows.length),
    Effect.mapError(unavailable("removeOld")),
    Effect.repeat({ while: (forgotten) => forgotten === BATCH })
  )

  const isTrusted = Effect.mapError(mayRemove(sql), unavailable("removeOld"))

  return (keep: Duration.Duration) =>
    Effect.gen(function* () {
      if (!(yield* isTrusted)) return 0
      yield* removeExpiredFiles
      yield* forgetKeys
      let removed = 0
      let last: number
      do {
        yield* removeLines(keep)
        last = yield* removeSome(keep)
        removed += last
      } while (last === BATCH && (yield* isTrusted))
      return removed
    })
}
