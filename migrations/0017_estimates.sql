-- How long jobs of a type take, step by step, and how they end: made anew each minute from the last runs, so that no page
-- and no call of the API ever computes it.
CREATE TABLE job_estimates (
  organisation_id text NOT NULL,
  job_type text NOT NULL,
  -- Empty for the whole run.
  step text NOT NULL,
  -- Successful runs that the times below are of: the last 30. Waiting for a person is not part of them.
  runs integer NOT NULL CHECK (runs BETWEEN 0 AND 30),
  p25_ms integer,
  median_ms integer,
  p75_ms integer,
  p90_ms integer,
  -- How far runs were from the median, as a share of it in percent; the median of that.
  off_percent integer,
  -- Of the whole run, oldest first.
  durations_ms integer[] NOT NULL DEFAULT '{}',
  -- Of the last jobs of the type: those that completed or failed, and those of them that failed (in this step).
  ended integer NOT NULL,
  failed integer NOT NULL,
  common_error text,
  -- When the oldest of them was created.
  since timestamptz,
  refreshed_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, job_type, step),
  CONSTRAINT times_exactly_with_runs CHECK ((runs = 0) = (median_ms IS NULL))
)

-- next statement

-- Does nothing while somebody else is at it, or did it less than `every` ago. Looks at the last 1,000 jobs of each type
-- and no further, so that a large table costs no more than a small one.
CREATE FUNCTION refresh_job_estimates(every interval) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(7210522) THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM job_estimates e WHERE e.refreshed_at > now() - every) THEN RETURN false; END IF;
  WITH RECURSIVE types AS (
    (SELECT j.job_type FROM script_jobs j ORDER BY j.job_type LIMIT 1)
    UNION ALL
    SELECT (SELECT j.job_type FROM script_jobs j WHERE j.job_type > t.job_type ORDER BY j.job_type LIMIT 1)
    FROM types t WHERE t.job_type IS NOT NULL
  ), recent AS MATERIALIZED (
    SELECT r.*, row_number() OVER (
      PARTITION BY r.organisation_id, r.job_type, r.status = 'completed' ORDER BY r.id DESC
    ) AS place
    FROM types t CROSS JOIN LATERAL (
      SELECT j.id, j.organisation_id, j.job_type, j.status, j.attempt, j.started_at, j.completed_at, j.created_at,
        j.error_step, j.error_message
      FROM script_jobs j WHERE j.job_type = t.job_type ORDER BY j.id DESC LIMIT 1000
    ) r
    WHERE t.job_type IS NOT NULL AND r.status IN ('completed', 'failed')
  ), runs AS MATERIALIZED (
    SELECT * FROM recent r WHERE r.status = 'completed' AND r.place <= 30
  ), waits AS (
    SELECT p.job_id, p.attempt, p.step,
      sum(extract(epoch FROM coalesce(p.answered_at, p.closed_at) - p.asked_at) * 1000) AS ms
    FROM runs r JOIN job_prompts p ON p.job_id = r.id
    GROUP BY p.job_id, p.attempt, p.step
  ), step_times AS (
    SELECT DISTINCT ON (r.id, s.name) r.id, r.organisation_id, r.job_type, s.name AS step,
      extract(epoch FROM s.ended_at - s.started_at) * 1000 - coalesce(w.ms, 0) AS ms
    FROM runs r JOIN job_steps s ON s.job_id = r.id AND s.outcome = 'completed'
    LEFT JOIN waits w ON w.job_id = s.job_id AND w.attempt = s.attempt AND w.step = s.name
    ORDER BY r.id, s.name, s.attempt DESC
  ), times AS (
    -- The last try of a job that kept steps is shorter than a whole run: then the steps of all tries count.
    SELECT r.id, r.organisation_id, r.job_type, '' AS step, greatest(
      extract(epoch FROM r.completed_at - r.started_at) * 1000
        - coalesce((SELECT sum(w.ms) FROM waits w WHERE w.job_id = r.id AND w.attempt = r.attempt), 0),
      (SELECT sum(s.ms) FROM step_times s WHERE s.id = r.id)
    ) AS ms
    FROM runs r
    UNION ALL
    SELECT s.id, s.organisation_id, s.job_type, s.step, s.ms FROM step_times s
  ), measured AS (
    SELECT t.organisation_id, t.job_type, t.step, count(*) AS runs,
      percentile_cont(ARRAY[0.25, 0.5, 0.75, 0.9]) WITHIN GROUP (ORDER BY greatest(t.ms, 0)::float8) AS q,
      array_agg(least(greatest(t.ms, 0), 2147483647)::integer ORDER BY t.id) AS durations
    FROM times t GROUP BY t.organisation_id, t.job_type, t.step
  ), endings AS (
    SELECT r.organisation_id, r.job_type, '' AS step, count(*) AS ended, count(*) FILTER (WHERE r.status = 'failed') AS failed,
      mode() WITHIN GROUP (ORDER BY r.error_message) FILTER (WHERE r.status = 'failed') AS common_error,
      min(r.created_at) AS since
    FROM recent r GROUP BY r.organisation_id, r.job_type
    UNION ALL
    SELECT r.organisation_id, r.job_type, r.error_step, 0, count(*),
      mode() WITHIN GROUP (ORDER BY r.error_message), NULL
    FROM recent r WHERE r.status = 'failed' AND r.error_step <> ''
    GROUP BY r.organisation_id, r.job_type, r.error_step
  )
  INSERT INTO job_estimates AS e (organisation_id, job_type, step, runs, p25_ms, median_ms, p75_ms, p90_ms, off_percent,
    durations_ms, ended, failed, common_error, since, refreshed_at)
  SELECT coalesce(m.organisation_id, d.organisation_id), coalesce(m.job_type, d.job_type), coalesce(m.step, d.step),
    coalesce(m.runs, 0), m.q[1]::integer, m.q[2]::integer, m.q[3]::integer, m.q[4]::integer,
    (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(each - m.q[2]) * 100 / greatest(m.q[2], 1))::integer
     FROM unnest(m.durations) each),
    CASE WHEN m.step = '' THEN m.durations ELSE '{}' END,
    coalesce(d.ended, 0), coalesce(d.failed, 0), left(d.common_error, 500), d.since, now()
  FROM measured m FULL JOIN endings d
    ON d.organisation_id = m.organisation_id AND d.job_type = m.job_type AND d.step = m.step
  ON CONFLICT (organisation_id, job_type, step) DO UPDATE SET
    runs = excluded.runs, p25_ms = excluded.p25_ms, median_ms = excluded.median_ms, p75_ms = excluded.p75_ms,
    p90_ms = excluded.p90_ms, off_percent = excluded.off_percent, durations_ms = excluded.durations_ms,
    ended = excluded.ended, failed = excluded.failed, common_error = excluded.common_error, since = excluded.since,
    refreshed_at = excluded.refreshed_at;
  DELETE FROM job_estimates e WHERE e.refreshed_at < now();
  RETURN true;
END
$$

-- next statement

SELECT callboard_keep_private('job_estimates', 'refresh_job_estimates')

-- next statement

CREATE POLICY members_see_estimates ON job_estimates FOR SELECT
  USING (organisation_id = (SELECT callboard_organisation()))

-- next statement

CREATE FUNCTION callboard_let_in_to_estimates(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT SELECT ON job_estimates TO %I', member);
END
$$

-- next statement

ALTER FUNCTION callboard_let_in(text) RENAME TO callboard_let_in_but_to_estimates

-- next statement

CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM callboard_let_in_but_to_estimates(member);
  PERFORM callboard_let_in_to_estimates(member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'callboard_let_in_to_estimates')

-- next statement

DO $$
DECLARE
  member text;
BEGIN
  FOREACH member IN ARRAY ARRAY['callboard_member', 'authenticated'] LOOP
    IF to_regrole(member) IS NOT NULL THEN PERFORM callboard_let_in_to_estimates(member); END IF;
  END LOOP;
END
$$

-- next statement

-- What a worker says of itself with each beat, for people who look at the fleet.
ALTER TABLE workers
  ADD COLUMN version text,
  ADD COLUMN memory_mb integer
