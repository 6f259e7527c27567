-- What Callboard sends out itself is there for no caller (0019), so nobody is told that it failed either. As in 0016 otherwise.
CREATE OR REPLACE FUNCTION script_jobs_keep_failure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.lane = 'system' THEN RETURN NULL; END IF;
  INSERT INTO job_failures (
    job_id, failed_at, organisation_id, restaurant_id, fingerprint, job_type, step, code, message
  )
  VALUES (
    NEW.id, NEW.failed_at, NEW.organisation_id, NEW.restaurant_id, NEW.error_fingerprint, NEW.job_type, NEW.error_step,
    NEW.error_code, left(coalesce(NEW.error_message, ''), 500)
  )
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$

-- next statement

-- Nobody else makes jobs of these types.
DELETE FROM job_failures WHERE job_type IN ('deliver-webhook', 'mail-failures')

-- next statement

-- As new ones, those that wait already have seven days, which a pause of their lane may take.
UPDATE script_jobs SET expires_at = expires_at + interval '6 days'
WHERE job_type = 'deliver-webhook' AND id IN (SELECT q.id FROM job_queue q WHERE q.lane = 'system')
