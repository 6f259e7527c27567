/** The same action on many jobs, a part at a time, so that no statement holds locks for long. */
import { Effect, Option } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import type { JobFilter } from "../../domain/JobFilter.ts"
import type { JobId } from "../../domain/JobId.ts"
import type { ShownStatus } from "../../domain/JobStatus.ts"
import type { BulkAction, BulkPart, BulkRange } from "../../domain/Jobs.ts"
import { OWN_LANE } from "../../domain/Lane.ts"
import { workingFor } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { conditions, inBatch, shown, sourcesIn } from "./jobFilters.ts"
import { FIRST_ID } from "./jobIds.ts"
import { startAgain } from "./retryJob.ts"
import { triedAnew } from "./triedAnew.ts"

const HISTORY = "script_jobs"

/**
 * Where the jobs of a status are found in the order of their ids. Every time there is finite; asked so, the planner takes
 * the index of those that have one, and does not believe that they are still as few as when it last counted.
 */
const WALKS: Readonly<Record<ShownStatus, string>> = {
  pending: "job_queue",
  scheduled: "job_queue",
  retry_wait: "job_queue",
  in_progress: "job_leases",
  needs_input: "job_leases",
  failed: "(SELECT id FROM script_jobs WHERE isfinite(failed_at))",
  cancelled: "(SELECT id FROM script_jobs WHERE isfinite(cancelled_at))",
  completed: HISTORY
}

/** Jobs that a part looks at for each one that it may change: where few match, it is over all the same. */
const LOOKS = 4

/** One index in the order of ids, and what it takes to use it: that with the fewest jobs that these are among. */
const indexOf = (sql: SqlClient.SqlClient, filter: JobFilter): ReadonlyArray<Statement.Fragment> => {
  const history = sql.literal(HISTORY)
  if (filter.batchId !== undefined) return [sql`${history} w WHERE ${inBatch(sql, filter.batchId)}`]
  const walks = new Set(filter.status?.length ? filter.status.map((status) => WALKS[status]) : [HISTORY])
  if (!walks.has(HISTORY)) return [...walks].map((walk) => sql`${sql.literal(walk)} w WHERE true`)
  if (filter.fingerprint !== undefined) return [sql`${sql.literal(WALKS.failed)} w WHERE true`]
  if (filter.restaurantId !== undefined) return [sql`${history} w WHERE restaurant_id = ${filter.restaurantId}`]
  if (filter.createdBy !== undefined) return [sql`${history} w WHERE created_by = ${filter.createdBy}`]
  if (filter.jobType !== undefined) return [sql`${history} w WHERE job_type = ${filter.jobType}`]
  return [sql`${history} w WHERE true`]
}

/**
 * The next ids that may be of these jobs. Each part reads its own piece: one that collected all that wait would cost more
 * the more of them there are, and one that looked until it has found enough might not end in its time.
 */
const walked = (sql: SqlClient.SqlClient, filter: JobFilter, { after, most, until }: BulkRange) => {
  const pieces = indexOf(sql, filter).map(
    (found) => sql`
      (SELECT w.id FROM ${found} AND w.id > ${after ?? FIRST_ID}::uuid AND w.id <= ${until}::uuid
       ORDER BY w.id LIMIT ${LOOKS * most})`
  )
  return sql`
    SELECT id FROM (${pieces.reduce((left, right) => sql`${left} UNION ALL ${right}`)}) piece
    ORDER BY id LIMIT ${LOOKS * most}`
}

export const makeApplyToMany = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** What the action may change of what was seen. A retry must not make two live jobs with one dedupe key. */
  const fit = (action: BulkAction, endedBefore: Date | undefined) =>
    action === "cancel"
      ? sql`
        SELECT j.id FROM script_jobs j
        WHERE j.id IN (TABLE seen) AND j.status IN ('pending', 'in_progress') AND j.cancel_requested_at IS NULL`
      : sql`
        SELECT j.id FROM script_jobs j
        WHERE j.id IN (TABLE seen) AND j.status IN ('failed', 'cancelled')
          AND j.completed_at < coalesce(${endedBefore ?? null}::timestamptz, 'infinity')
          AND NOT EXISTS (
          SELECT FROM script_jobs other
          WHERE j.dedupe_key IS NOT NULL AND other.organisation_id = j.organisation_id
            AND other.dedupe_key = j.dedupe_key AND (
              other.dedupe_open
              OR other.id < j.id AND other.id IN (TABLE seen) AND other.status IN ('failed', 'cancelled')
            )
        )`

  /** Those of them that would fail at once, since what they need stays failed or is gone; and those that need these. */
  const held = (action: BulkAction) =>
    action === "cancel"
      ? sql`SELECT NULL::uuid AS id WHERE false`
      : sql`
        SELECT d.job_id AS id FROM fit JOIN script_jobs j ON j.id = fit.id JOIN job_dependencies d ON d.job_id = j.id
          LEFT JOIN script_jobs p ON p.id = d.depends_on
        WHERE NOT d.met AND j.on_dependency_failure = 'fail' AND d.depends_on NOT IN (TABLE fit)
          AND (p.id IS NULL OR p.status IN ('failed', 'cancelled'))
        UNION
        SELECT d.job_id FROM held CROSS JOIN LATERAL (
          SELECT n.job_id FROM job_dependencies n WHERE n.depends_on = held.id AND NOT n.met OFFSET 0
        ) d JOIN script_jobs j ON j.id = d.job_id
        WHERE j.id IN (TABLE fit) AND j.on_dependency_failure = 'fail'`

  const change = (action: BulkAction) =>
    action === "cancel"
      ? sql`
        cancel_requested_at = coalesce(cancel_requested_at, now()),
        status = CASE WHEN status = 'pending' THEN 'cancelled' ELSE status END`
      : startAgain(sql)

  return Effect.fn("Jobs.applyToMany")(function* (action: BulkAction, filter: JobFilter, range: BulkRange) {
    const { after, besides: own, endedBefore, most, until } = range
    const organisation = yield* workingFor
    const sources = yield* sourcesIn(sql)
    const { ids, status: statuses = [], ...besides } = filter
    const walk = ids === undefined ? walked(sql, filter, range) : undefined
    const all = [
      ...conditions(sources, besides),
      // The job that does it works as Callboard itself, and what Callboard sends out itself is nobody else's.
      ...(Option.isSome(organisation) ? [sql`organisation_id = ${organisation.value}`, sql`lane <> ${OWN_LANE}`] : []),
      ...(own === undefined ? [] : [sql`id <> ${own}::uuid`]),
      ...(statuses.length > 0 ? [sql.or(statuses.map((each) => shown(sources, each)))] : [])
    ]
    // Never prepared: a plan that is kept knows neither how far it is nor how many jobs there are by now. IS TRUE leaves
    // the planner no index but that of ids, whatever it thinks that the others would find.
    const [part] = yield* sql<{ seen: number; changed: number; held: number; next: JobId | null }>`
      WITH RECURSIVE walked AS MATERIALIZED (${walk ?? sql`SELECT NULL::uuid AS id WHERE false`}), seen AS MATERIALIZED (
        SELECT id FROM script_jobs
        WHERE id > ${after ?? FIRST_ID}::uuid AND id <= ${until}::uuid
          AND id = ANY (${walk ? sql`ARRAY(TABLE walked)` : sql`${ids}::text[]::uuid[]`})
          AND (${sql.and(all)}) IS TRUE
        ORDER BY id LIMIT ${most} FOR NO KEY UPDATE
      ), fit AS MATERIALIZED (${fit(action, endedBefore)}), held AS (${held(action)}), changed AS (
        UPDATE script_jobs j SET ${change(action)}
        FROM fit WHERE j.id = fit.id AND j.id NOT IN (TABLE held)
        RETURNING j.id
      )
      SELECT looked.seen, (SELECT count(*)::int FROM changed) AS changed, (SELECT count(*)::int FROM held) AS held, CASE
        WHEN looked.seen = ${most} THEN (SELECT id FROM seen ORDER BY id DESC LIMIT 1)
        WHEN (SELECT count(*) FROM walked) = ${LOOKS * most} THEN (SELECT id FROM walked ORDER BY id DESC LIMIT 1)
      END AS next
      FROM (SELECT count(*)::int AS seen FROM seen) looked`.unprepared.pipe(triedAnew(sql), answered("applyToMany"))
    const { changed = 0, held: left = 0, next = null, seen = 0 } = part ?? {}
    // Neither found all that it may change nor looked at all that it may: that was the last part.
    return { seen, changed, held: left, ...(next !== null && { next }) } satisfies BulkPart
  })
})
