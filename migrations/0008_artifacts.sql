-- Files that jobs leave behind, and what the browser showed at each of their steps. The bytes of a file are elsewhere: in
-- the store that `store` names, under `key`, which nobody is told.
-- No order of crashes leaves bytes for ever: their key is written to artifact_leftovers before the first byte, and taken
-- out by the statement that makes the row here. Whatever is in there when its time has come is removed.
CREATE TABLE job_artifacts (
  job_id uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  name text NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'),
  kind text NOT NULL CHECK (kind IN ('picture', 'page', 'trace', 'file')),
  content_type text NOT NULL,
  size bigint NOT NULL CHECK (size >= 0),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  attempt integer,
  step text,
  store text NOT NULL,
  key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, name)
)

-- next statement

CREATE TABLE artifact_leftovers (
  store text NOT NULL,
  key text NOT NULL,
  remove_after timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store, key)
)

-- next statement

CREATE INDEX artifact_leftovers_due ON artifact_leftovers (store, remove_after)

-- next statement

CREATE FUNCTION job_artifacts_leave_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO artifact_leftovers (store, key) VALUES (OLD.store, OLD.key) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$

-- next statement

-- For each row, because almost every removed job has none, and then nothing runs.
CREATE TRIGGER job_artifacts_leave_bytes AFTER DELETE ON job_artifacts
  FOR EACH ROW EXECUTE FUNCTION job_artifacts_leave_bytes()

-- next statement

CREATE TRIGGER job_artifacts_leave_replaced_bytes AFTER UPDATE ON job_artifacts
  FOR EACH ROW WHEN (OLD.store <> NEW.store OR OLD.key <> NEW.key) EXECUTE FUNCTION job_artifacts_leave_bytes()

-- next statement

-- One row per attempt and step. `picture` and `page` are names of artifacts; `console` and `requests` are lists of lines.
CREATE TABLE job_evidence (
  job_id uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  attempt integer NOT NULL,
  step text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('completed', 'failed')),
  at timestamptz NOT NULL DEFAULT now(),
  url text,
  title text,
  picture text,
  page text,
  console jsonb NOT NULL DEFAULT '[]',
  requests jsonb NOT NULL DEFAULT '[]',
  PRIMARY KEY (job_id, attempt, step)
)

-- next statement

SELECT callboard_keep_private('job_artifacts', 'artifact_leftovers', 'job_evidence', 'job_artifacts_leave_bytes')

-- next statement

CREATE POLICY members_see_artifacts ON job_artifacts FOR SELECT
  USING (EXISTS (SELECT FROM script_jobs j WHERE j.id = job_artifacts.job_id))

-- next statement

CREATE POLICY members_see_evidence ON job_evidence FOR SELECT
  USING (EXISTS (SELECT FROM script_jobs j WHERE j.id = job_evidence.job_id))

-- next statement

CREATE FUNCTION callboard_let_in_to_artifacts(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- Where the bytes are is for the engine alone.
  EXECUTE format('GRANT SELECT (job_id, name, kind, content_type, size, sha256, attempt, step, created_at)
    ON job_artifacts TO %I', member);
  EXECUTE format('GRANT SELECT ON job_evidence TO %I', member);
END
$$

-- next statement

ALTER FUNCTION callboard_let_in(text) RENAME TO callboard_let_in_to_jobs

-- next statement

-- What a role gets that is made later stays one call.
CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM callboard_let_in_to_jobs(member);
  PERFORM callboard_let_in_to_artifacts(member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'callboard_let_in_to_artifacts')

-- next statement

DO $$
DECLARE
  member text;
BEGIN
  FOREACH member IN ARRAY ARRAY['callboard_member', 'authenticated'] LOOP
    IF to_regrole(member) IS NOT NULL THEN PERFORM callboard_let_in_to_artifacts(member); END IF;
  END LOOP;
END
$$
