import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"

/** Ids of jobs are made by clocks that may be so far behind the database's. */
const CLOCKS_DIFFER = "1 hour"

/**
 * Which of some rows of `uploads` (`id`, `organisation_id` and `created_at`) a job still waits for:
 * - an import or a check that has not ended;
 * - an import that failed or was cancelled, because it may be tried again, unless it was refused before it made any row;
 * - a check with good rows, until they were imported: in the same way, because another mapping makes other jobs.
 *
 * Imports that are younger than the oldest of the files are read once, by an index of type and id: none if there is no file.
 */
export const awaitedUploads = (sql: SqlClient.SqlClient, uploads: Fragment) => sql`
  SELECT upload FROM (
    SELECT completed_at, status, error_code, id, lower(input_payload->>'uploadId') AS upload,
      input_payload - '{dryRun,labels,priority}'::text[] AS way,
      coalesce(input_payload->'dryRun' = 'true', false) AS is_check, result->'good' > '0' AS has_good_rows
    FROM script_jobs
    WHERE job_type = 'bulk_import'
      AND id >= (SELECT first_id_at(min(u.created_at) - ${CLOCKS_DIFFER}::interval) FROM (${uploads}) u)
      AND (organisation_id, lower(input_payload->>'uploadId')) IN (SELECT u.organisation_id, u.id::text FROM (${uploads}) u)
  ) j
  GROUP BY upload, way
  HAVING bool_or(completed_at IS NULL)
    OR bool_or(is_check AND has_good_rows) AND NOT bool_or(NOT is_check AND status = 'completed')
    OR bool_or(NOT is_check AND status IN ('failed', 'cancelled') AND (
      error_code IS DISTINCT FROM 'VALIDATION_ERROR' OR EXISTS (SELECT FROM lasting_keys k WHERE k.kept_with = j.id)
    ))`
