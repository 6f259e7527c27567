/**
 * Jobs that a worker holds beyond its places: they wait in it for a place, so that the next one starts without a round
 * trip. A worker starts what it holds as soon as a place is free, so whatever is over its places has not started.
 * Workers of an older version count what they may claim ahead as places, so of theirs nothing is over.
 */
import type { SqlClient } from "effect/sql"

export const claimedAhead = (sql: SqlClient.SqlClient) => sql`
  SELECT w.name AS worker, held.lane, greatest(0, held.jobs - (w.lanes->>held.lane)::integer) AS jobs
  FROM (SELECT l.owner, l.lane, count(*)::integer AS jobs FROM job_leases l GROUP BY l.owner, l.lane) held
  JOIN workers w ON w.name = held.owner`
