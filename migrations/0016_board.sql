-- What the pages Now, Failures and Restaurants read, so that none of them scans the history: each time a job fails, how
-- many jobs ended in each minute, and what people wrote down about a failure or a restaurant.

-- One row each time a job fails. It stays when the job is retried: it happened.
CREATE TABLE job_failures (
  job_id uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  failed_at timestamptz NOT NULL,
  organisation_id text NOT NULL,
  restaurant_id text,
  fingerprint text NOT NULL,
  job_type text NOT NULL,
  step text,
  code text NOT NULL,
  message text NOT NULL,
  PRIMARY KEY (job_id, failed_at)
)

-- next statement

CREATE INDEX job_failures_of_kind ON job_failures (organisation_id, fingerprint, failed_at) INCLUDE (restaurant_id)

-- next statement

CREATE INDEX job_failures_newest ON job_failures (organisation_id, failed_at)

-- next statement

CREATE INDEX job_failures_by_time ON job_failures (failed_at)

-- next statement

INSERT INTO job_failures (
  job_id, failed_at, organisation_id, restaurant_id, fingerprint, job_type, step, code, message
)
SELECT id, failed_at, organisation_id, restaurant_id, error_fingerprint, job_type, error_step, error_code,
  left(coalesce(error_message, ''), 500)
FROM script_jobs WHERE failed_at IS NOT NULL AND error_fingerprint IS NOT NULL

-- next statement

CREATE FUNCTION script_jobs_keep_failure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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

-- For each row, because few updates are failures, and the condition keeps the others from costing a call.
CREATE TRIGGER script_jobs_keep_failure AFTER UPDATE ON script_jobs FOR EACH ROW
WHEN (NEW.failed_at IS NOT NULL AND OLD.failed_at IS NULL AND NEW.error_fingerprint IS NOT NULL)
EXECUTE FUNCTION script_jobs_keep_failure()

-- next statement

CREATE TRIGGER script_jobs_keep_new_failure AFTER INSERT ON script_jobs FOR EACH ROW
WHEN (NEW.failed_at IS NOT NULL AND NEW.error_fingerprint IS NOT NULL)
EXECUTE FUNCTION script_jobs_keep_failure()

-- next statement

-- Restaurants of an organisation in the order of their names, and the jobs of each.
CREATE INDEX script_jobs_restaurants ON script_jobs (organisation_id, restaurant_id, id) WHERE restaurant_id IS NOT NULL

-- next statement

-- How many jobs ended in each of the last minutes.
CREATE TABLE job_minutes (
  organisation_id text NOT NULL,
  minute timestamptz NOT NULL,
  completed integer NOT NULL,
  failed integer NOT NULL,
  PRIMARY KEY (organisation_id, minute)
)

-- next statement

-- When that was counted last: at most one row.
CREATE TABLE job_minutes_counted (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  at timestamptz NOT NULL
)

-- next statement

-- Does nothing while somebody else is at it, or did it less than `every` ago. When a job completed is in no index, because
-- that would make completing dearer; so it looks at the newest 20,000 jobs of a day and no further, and a minute that was
-- counted is never counted lower.
CREATE FUNCTION count_job_minutes(every interval) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  counted timestamptz;
  since timestamptz;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7210523) THEN RETURN false; END IF;
  SELECT c.at INTO counted FROM job_minutes_counted c;
  IF counted > now() - every THEN RETURN false; END IF;
  since := date_trunc('minute', greatest(counted - interval '1 minute', now() - interval '1 hour'));
  INSERT INTO job_minutes AS m (organisation_id, minute, completed, failed)
  SELECT e.organisation_id, date_trunc('minute', e.at), count(*) FILTER (WHERE NOT e.failed),
    count(*) FILTER (WHERE e.failed)
  FROM (
    SELECT newest.organisation_id, newest.completed_at AS at, false AS failed FROM (
      SELECT j.organisation_id, j.status, j.completed_at FROM script_jobs j
      WHERE j.id >= first_id_at(now() - interval '24 hours') ORDER BY j.id DESC LIMIT 20000
    ) newest
    WHERE newest.status = 'completed' AND newest.completed_at >= since
    UNION ALL
    SELECT f.organisation_id, f.failed_at, true FROM (
      SELECT n.organisation_id, n.failed_at FROM job_failures n
      WHERE n.failed_at >= since ORDER BY n.failed_at DESC LIMIT 20000
    ) f
  ) e
  GROUP BY 1, 2
  ON CONFLICT (organisation_id, minute) DO UPDATE
  SET completed = greatest(m.completed, excluded.completed), failed = greatest(m.failed, excluded.failed);
  DELETE FROM job_minutes m WHERE m.minute < now() - interval '2 hours';
  INSERT INTO job_minutes_counted AS c (at) VALUES (now()) ON CONFLICT (only_row) DO UPDATE SET at = excluded.at;
  RETURN true;
END
$$

-- next statement

-- What people wrote about a kind of failure or a restaurant. A change is a new row with the next number: who wrote what
-- and when stays, and of two changes of the same text one is refused.
CREATE TABLE team_notes (
  organisation_id text NOT NULL,
  about text NOT NULL CHECK (about IN ('failure', 'restaurant')),
  -- The fingerprint of the failure, or the id of the restaurant.
  subject text NOT NULL,
  number integer NOT NULL CHECK (number > 0),
  text text NOT NULL CHECK (char_length(text) <= 4000),
  -- Absent where nobody signs in.
  written_by text,
  written_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organisation_id, about, subject, number)
)

-- next statement

SELECT callboard_keep_private(
  'job_failures', 'job_minutes', 'job_minutes_counted', 'team_notes', 'script_jobs_keep_failure', 'count_job_minutes'
)

-- next statement

CREATE POLICY members_see_failures ON job_failures FOR SELECT
  USING (organisation_id = (SELECT callboard_organisation()))

-- next statement

CREATE POLICY members_see_minutes ON job_minutes FOR SELECT
  USING (organisation_id = (SELECT callboard_organisation()))

-- next statement

CREATE POLICY members_see_notes ON team_notes FOR SELECT
  USING (organisation_id = (SELECT callboard_organisation()))

-- next statement

CREATE POLICY operators_write_notes ON team_notes FOR INSERT
  WITH CHECK (
    organisation_id = (SELECT callboard_organisation())
    AND (SELECT callboard_may('operate'))
  )

-- next statement

CREATE FUNCTION callboard_let_in_to_board(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT SELECT ON job_failures, job_minutes, team_notes TO %I', member);
  EXECUTE format('GRANT INSERT (organisation_id, about, subject, number, text, written_by) ON team_notes TO %I', member);
END
$$

-- next statement

ALTER FUNCTION callboard_let_in(text) RENAME TO callboard_let_in_but_to_board

-- next statement

-- What a role gets that is made later stays one call.
CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM callboard_let_in_but_to_board(member);
  PERFORM callboard_let_in_to_board(member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'callboard_let_in_to_board')

-- next statement

DO $$
DECLARE
  member text;
BEGIN
  FOREACH member IN ARRAY ARRAY['callboard_member', 'authenticated'] LOOP
    IF to_regrole(member) IS NOT NULL THEN PERFORM callboard_let_in_to_board(member); END IF;
  END LOOP;
END
$$
