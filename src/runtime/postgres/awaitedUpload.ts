import type { SqlClient } from "effect/sql"

/** Ids of jobs are made by clocks that may be so far behind the database's. */
const CLOCKS_DIFFER = "1 hour"

/**
 * Whether a job still waits for a row of `uploads`:
 * - an import or a check that has not ended;
 * - an import that failed or was cancelled, because it may be tried again, unless it was refused before it made any row;
 * - a check with good rows, until they were imported: in the same way, because another mapping makes other jobs.
 *
 * Imports of the organisation that are younger than the file are read for it, by `script_jobs_own_types`.
 */
export const awaitedUpload = (sql: SqlClient.SqlClient) => sql`EXISTS (
  SELECT FROM script_jobs j
  WHERE j.organisation_id = uploads.organisation_id AND j.job_type = 'bulk_import'
    AND j.id >= first_id_at(uploads.created_at - ${CLOCKS_DIFFER}::interval)
    AND lower(j.input_payload->>'uploadId') = uploads.id::text
    AND CASE
      WHEN j.completed_at IS NULL THEN true
      WHEN j.input_payload->'dryRun' = 'true' THEN (j.result->'good')::int > 0 AND NOT EXISTS (
        SELECT FROM script_jobs i
        WHERE i.organisation_id = j.organisation_id AND i.job_type = 'bulk_import' AND i.id > j.id
          AND i.status = 'completed' AND i.input_payload->'dryRun' IS DISTINCT FROM 'true'
          AND i.input_payload - '{dryRun,labels,priority}'::text[] = j.input_payload - '{dryRun,labels,priority}'::text[]
      )
      ELSE j.status <> 'completed' AND (
        j.error_code IS DISTINCT FROM 'VALIDATION_ERROR'
        OR EXISTS (SELECT FROM lasting_keys k WHERE k.kept_with = j.id)
      )
    END
)`
