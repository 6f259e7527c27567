-- What Callboard sends out itself are jobs in the lane "system": deliveries of webhooks, and mails that tell of failures of
-- all organisations. Nobody but Callboard sees, makes, changes or removes them: for callers they are not there.

ALTER POLICY members_see_jobs ON script_jobs
  USING (organisation_id = (SELECT callboard_organisation()) AND lane <> 'system')

-- next statement

-- As in 0012, and: a worker runs a type in whatever lane its job is, so types are refused as well.
ALTER POLICY members_create_jobs ON script_jobs
  WITH CHECK (
    organisation_id = (SELECT callboard_organisation())
    AND created_by = (SELECT callboard_person())
    AND (SELECT callboard_may('create'))
    AND lane <> 'system' AND job_type NOT IN ('deliver-webhook', 'mail-failures')
    AND (job_type <> 'change-many-jobs' OR (SELECT callboard_may('operate')))
    AND status = 'pending' AND attempt = 0
    AND max_retries <= 50
    AND timeout_ms <= 86400000
    AND cardinality(labels) <= 20
    AND id >= (SELECT first_id_at(now() - interval '1 hour')) AND id < (SELECT first_id_at(now() + interval '1 hour'))
  )

-- next statement

-- A statement that reads no column is not judged by what its caller sees.
ALTER POLICY members_cancel_jobs ON script_jobs
  USING (
    organisation_id = (SELECT callboard_organisation())
    AND lane <> 'system'
    AND CASE
      WHEN (SELECT callboard_may('operate')) THEN status IN ('pending', 'in_progress')
      WHEN (SELECT callboard_may('create')) THEN status = 'pending' AND created_by = (SELECT callboard_person())
    END
  )

-- next statement

ALTER POLICY operators_remove_jobs ON script_jobs
  USING (
    organisation_id = (SELECT callboard_organisation())
    AND lane <> 'system'
    AND (SELECT callboard_may('operate'))
    AND status IN ('completed', 'failed', 'cancelled')
  )

-- next statement

CREATE OR REPLACE FUNCTION retry_job(
  job uuid, forgetting boolean, forget text[], new_input jsonb, new_restaurant text, new_key text, expiry interval
) RETURNS SETOF script_jobs LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM script_jobs j
    WHERE j.id = job AND j.organisation_id = callboard_organisation() AND j.lane <> 'system'
  ) THEN RETURN; END IF;
  PERFORM callboard_insist('operate');
  RETURN QUERY SELECT * FROM start_job_again(job, forgetting, forget, new_input, new_restaurant, new_key, expiry);
END
$$

-- next statement

-- Replaced functions lose their settings. Why it says pg_temp: see 0006.
DO $$
BEGIN
  EXECUTE format(
    'ALTER FUNCTION retry_job(uuid, boolean, text[], jsonb, text, text, interval) SET search_path = %I, pg_temp',
    current_schema()
  );
END
$$

-- next statement

-- A schedule makes its jobs as Callboard itself.
ALTER POLICY admins_create_schedules ON job_schedules
  WITH CHECK (
    organisation_id = (SELECT callboard_organisation())
    AND created_by = (SELECT callboard_person())
    AND job_type NOT IN ('deliver-webhook', 'mail-failures')
    AND (SELECT callboard_may('administer'))
  )

-- next statement

ALTER POLICY admins_change_schedules ON job_schedules
  WITH CHECK (
    organisation_id = (SELECT callboard_organisation()) AND job_type NOT IN ('deliver-webhook', 'mail-failures')
  )

-- next statement

-- How much an organisation keeps is counted before each upload.
CREATE INDEX uploads_of_organisation ON uploads (organisation_id)
