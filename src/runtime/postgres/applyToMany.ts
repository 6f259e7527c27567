/** The same action on many jobs, a part at a time, so that no statement holds locks for long. */
import { Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import type { JobFilter } from "../../domain/JobFilter.ts"
import type { JobId } from "../../domain/JobId.ts"
import type { BulkAction, BulkPart, BulkRange } from "../../domain/Jobs.ts"
import { OWN_LANE } from "../../domain/Lane.ts"
import { workingFor } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { conditions, sourcesIn } from "./jobFilters.ts"
import { startAgain } from "./retryJob.ts"

export const makeApplyToMany = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const change = (action: BulkAction, endedBefore: Date | undefined) =>
    action === "cancel"
      ? sql`
        UPDATE script_jobs j SET
          cancel_requested_at = coalesce(cancel_requested_at, now()),
          status = CASE WHEN status = 'pending' THEN 'cancelled' ELSE status END
        FROM seen WHERE j.id = seen.id AND j.status IN ('pending', 'in_progress') AND j.cancel_requested_at IS NULL`
      : // A retry must not make two live jobs with one dedupe key; such a job is passed over.
        sql`
        UPDATE script_jobs j SET ${startAgain(sql)}
        FROM seen WHERE j.id = seen.id AND j.status IN ('failed', 'cancelled') AND j.completed_at < coalesce(${endedBefore ?? null}::timestamptz, 'infinity')
          AND NOT EXISTS (
          SELECT FROM script_jobs other
          WHERE j.dedupe_key IS NOT NULL AND other.organisation_id = j.organisation_id
            AND other.dedupe_key = j.dedupe_key AND (
              other.dedupe_open
              OR other.id < j.id AND other.id IN (TABLE seen) AND other.status IN ('failed', 'cancelled')
            )
        )`

  return Effect.fn("Jobs.applyToMany")(function* (
    action: BulkAction,
    filter: JobFilter,
    { after, endedBefore, most, until }: BulkRange
  ) {
    const own = yield* workingFor
    const all = [...conditions(yield* sourcesIn(sql), filter), sql`id <= ${until}::uuid`]
    // The job that does it works as Callboard itself, and what Callboard sends out itself is nobody else's.
    if (Option.isSome(own)) all.push(sql`organisation_id = ${own.value}`, sql`lane <> ${OWN_LANE}`)
    if (after !== undefined) all.push(sql`id > ${after}::uuid`)
    const [part] = yield* sql<{ seen: number; changed: number; next: JobId | null }>`
      WITH seen AS MATERIALIZED (
        SELECT id FROM script_jobs WHERE ${sql.and(all)} ORDER BY id LIMIT ${most} FOR NO KEY UPDATE
      ), changed AS (
        ${change(action, endedBefore)} RETURNING j.id
      )
      SELECT (SELECT count(*)::int FROM seen) AS seen, (SELECT count(*)::int FROM changed) AS changed,
        (SELECT id FROM seen ORDER BY id DESC LIMIT 1) AS next`.pipe(answered("applyToMany"))
    const { changed = 0, next = null, seen = 0 } = part ?? {}
    // Fewer than asked for: that was the last part.
    return { seen, changed, ...(next !== null && seen === most && { next }) } satisfies BulkPart
  })
})
