import type { SqlClient } from "effect/sql"

/** Whether a job still waits for a row of `uploads`. */
export const awaitedUpload = (sql: SqlClient.SqlClient) => sql`EXISTS (
  SELECT FROM script_jobs j
  WHERE j.id = uploads.kept_with AND (uploads.kept_when_completed OR j.status <> 'completed')
)`
