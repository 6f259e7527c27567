/** Ends the leases of a worker that died, instead of waiting for their end. What looks for dead workers reads `job_leases`. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export const ageLeases = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`
    WITH aged AS (UPDATE job_leases SET expires_at = now() - interval '1 second' RETURNING id, expires_at)
    UPDATE script_jobs j SET lease_expires_at = aged.expires_at FROM aged WHERE j.id = aged.id`
)
