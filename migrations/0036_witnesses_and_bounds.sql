-- Since when a worker has beaten without a gap: as long as it did, the database could be reached, so who did not beat
-- meanwhile is gone. Written with each beat. A worker of an older version leaves it as it is, also when one of a newer
-- version had its name before: so it holds only for the boot that wrote it, and that worker proves nothing.
ALTER TABLE workers ADD COLUMN steady_since timestamptz, ADD COLUMN steady_boot uuid

-- next statement

-- As before, but what it costs depends on how many kinds of failure there are, not on how many failures: kinds are found
-- by jumping from one to the next in the index script_jobs_failures, and of each the newest 10,000 are counted.
CREATE OR REPLACE VIEW script_jobs_failed_summary WITH (security_invoker = true) AS
WITH RECURSIVE kind AS (
  (
    SELECT j.organisation_id, j.error_fingerprint AS fingerprint FROM script_jobs j
    WHERE j.failed_at IS NOT NULL ORDER BY j.organisation_id, j.error_fingerprint LIMIT 1
  )
  UNION ALL
  SELECT following.* FROM kind CROSS JOIN LATERAL (
    SELECT j.organisation_id, j.error_fingerprint FROM script_jobs j
    WHERE j.failed_at IS NOT NULL
      AND (j.organisation_id, j.error_fingerprint) > (kind.organisation_id, kind.fingerprint)
    ORDER BY j.organisation_id, j.error_fingerprint LIMIT 1
  ) following
)
SELECT kind.organisation_id, kind.fingerprint, latest.job_type, latest.error_step AS step, latest.error_code AS code,
  counted.jobs, counted.restaurants, counted.first_failed_at, counted.last_failed_at,
  latest.job_id AS latest_job_id, coalesce(latest.error_message, '') AS latest_message
FROM kind CROSS JOIN LATERAL (
  SELECT j.job_type, j.error_step, j.error_code, j.job_id, j.error_message FROM script_jobs j
  WHERE j.failed_at IS NOT NULL AND j.organisation_id = kind.organisation_id AND j.error_fingerprint = kind.fingerprint
  ORDER BY j.id DESC LIMIT 1
) latest CROSS JOIN LATERAL (
  SELECT count(*)::integer AS jobs, count(DISTINCT newest.restaurant_id)::integer AS restaurants,
    min(newest.failed_at) AS first_failed_at, max(newest.failed_at) AS last_failed_at
  FROM (
    SELECT j.restaurant_id, j.failed_at FROM script_jobs j
    WHERE j.failed_at IS NOT NULL AND j.organisation_id = kind.organisation_id
      AND j.error_fingerprint = kind.fingerprint
    ORDER BY j.id DESC LIMIT 10000
  ) newest
) counted
