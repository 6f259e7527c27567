-- As in 0016, but what was counted before the database's clock went back is no reason to wait until it is that time again.
CREATE OR REPLACE FUNCTION count_job_minutes(every interval) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  counted timestamptz;
  since timestamptz;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7210523) THEN RETURN false; END IF;
  SELECT c.at INTO counted FROM job_minutes_counted c;
  IF counted BETWEEN now() - every AND now() + every THEN RETURN false; END IF;
  IF counted > now() THEN counted := NULL; END IF;
  since := date_trunc('minute', greatest(counted - interval '1 minute', now() - interval '1 hour'));
  INSERT INTO job_minutes AS m (organisation_id, minute, completed, failed)
  SELECT e.organisation_id, date_trunc('minute', e.at), count(*) FILTER (WHERE NOT e.failed),
    count(*) FILTER (WHERE e.failed)
  FROM (
    SELECT newest.organisation_id, newest.completed_at AS at, false AS failed FROM (
      SELECT j.organisation_id, j.status, j.completed_at FROM script_jobs j
      WHERE j.id >= first_id_at(now() - interval '24 hours') ORDER BY j.id DESC LIMIT 20000
    ) newest
    WHERE newest.status = 'completed' AND newest.completed_at BETWEEN since AND now()
    UNION ALL
    SELECT f.organisation_id, f.failed_at, true FROM (
      SELECT n.organisation_id, n.failed_at FROM job_failures n
      WHERE n.failed_at BETWEEN since AND now() ORDER BY n.failed_at DESC LIMIT 20000
    ) f
  ) e
  GROUP BY 1, 2
  ON CONFLICT (organisation_id, minute) DO UPDATE
  SET completed = greatest(m.completed, excluded.completed), failed = greatest(m.failed, excluded.failed);
  DELETE FROM job_minutes m WHERE m.minute < now() - interval '2 hours' OR m.minute > now();
  INSERT INTO job_minutes_counted AS c (at) VALUES (now()) ON CONFLICT (only_row) DO UPDATE SET at = excluded.at;
  RETURN true;
END
$$

-- next statement

-- Replaced functions lose their settings. Why it says pg_temp: see 0006.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION count_job_minutes(interval) SET search_path = %I, pg_temp', current_schema());
END
$$
