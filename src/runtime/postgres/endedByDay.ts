/** Jobs by the day on which they ended, of those that a statement knows already. */
import { type DateTime, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import { DAYS_COUNTED, DayCountList, type DayCounts } from "../../domain/DayCounts.ts"

/** What `endedByDay` adds to a row. */
export const dayFields = { days: DayCountList, since: Schema.NullOr(Schema.DateTimeUtcFromDate) }

/** Two columns of a statement that has the newest jobs as `known`, at most so many of them. */
export const endedByDay = (sql: SqlClient.SqlClient, most: number) => sql`
  (SELECT coalesce(jsonb_agg(jsonb_build_object('day', to_char(d.day, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'completed', d.completed, 'failed', d.failed) ORDER BY d.day), '[]')
  FROM (
    SELECT date_trunc('day', k.completed_at AT TIME ZONE 'UTC') AS day,
      count(*) FILTER (WHERE k.status = 'completed') AS completed, count(*) FILTER (WHERE k.status = 'failed') AS failed
    FROM known k WHERE k.status IN ('completed', 'failed')
      AND k.completed_at AT TIME ZONE 'UTC'
        >= date_trunc('day', now() AT TIME ZONE 'UTC') - (${DAYS_COUNTED} - 1) * interval '1 day'
    GROUP BY 1
  ) d) AS days,
  (SELECT min(k.created_at) FROM known k HAVING count(*) >= ${most}) AS since`

interface DayCountsRow extends Pick<DayCounts, "days"> {
  readonly since: DateTime.Utc | null
}

export const dayCountsOf = ({ days, since }: DayCountsRow): DayCounts => ({ days, ...(since !== null && { since }) })
