-- What AI jobs ask of language models, how often one may be asked, files that people send, and files that go by themselves.

-- One row per call. It is written before the model is asked, with the most that the call can cost, so that a worker that
-- dies has spent what it may have spent. Prompt and answer come here redacted.
CREATE TABLE ai_calls (
  id uuid PRIMARY KEY,
  job_id uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  attempt integer NOT NULL,
  step text,
  model text NOT NULL,
  -- `asked`: no answer is known, because it is on its way or the worker died.
  outcome text NOT NULL DEFAULT 'asked' CHECK (outcome IN ('asked', 'answered', 'failed')),
  asked_at timestamptz NOT NULL DEFAULT now(),
  duration_ms integer,
  input_tokens integer,
  output_tokens integer,
  -- Millionths of a US dollar.
  cost_micros bigint NOT NULL CHECK (cost_micros >= 0),
  -- Why there was no answer, in one sentence.
  problem text,
  prompt text NOT NULL,
  answer text,
  CONSTRAINT asked_exactly_while_it_has_no_end CHECK ((outcome = 'asked') = (duration_ms IS NULL))
)

-- next statement

CREATE INDEX ai_calls_of_job ON ai_calls (job_id, id)

-- next statement

-- Writes down a call unless it could take its job over its budget. Calls of one job wait for each other here, because two
-- that look at the same time would both find the money still there.
CREATE FUNCTION begin_ai_call(
  call uuid, job uuid, of_attempt integer, of_step text, by_model text, most_micros bigint, budget_micros bigint, redacted text
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('callboard ai budget ' || job::text, 0));
  IF (SELECT coalesce(sum(c.cost_micros), 0) FROM ai_calls c WHERE c.job_id = job) + most_micros > budget_micros THEN
    RETURN false;
  END IF;
  INSERT INTO ai_calls (id, job_id, attempt, step, model, cost_micros, prompt)
  VALUES (call, job, of_attempt, of_step, by_model, most_micros, redacted);
  RETURN true;
END
$$

-- next statement

-- When the next request with a provider's key may be made, for all processes together. `key` is a fingerprint.
CREATE TABLE ai_turns (
  key text PRIMARY KEY,
  next_at timestamptz NOT NULL,
  -- The provider asked for a pause.
  paused_until timestamptz NOT NULL DEFAULT '-infinity'
)

-- next statement

-- Takes the next turn and says in how many milliseconds it comes. When that is longer than the caller waits, none is
-- taken, and the number is negative. Up to `burst` turns that nobody took are kept for later.
CREATE FUNCTION take_ai_turn(for_key text, every interval, burst integer, longest interval)
RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  turn timestamptz;
BEGIN
  INSERT INTO ai_turns (key, next_at) VALUES (for_key, moment - every * burst) ON CONFLICT DO NOTHING;
  SELECT greatest(t.next_at, moment - every * burst) INTO turn FROM ai_turns t WHERE t.key = for_key FOR UPDATE;
  moment := clock_timestamp();
  turn := greatest(turn, (SELECT t.paused_until FROM ai_turns t WHERE t.key = for_key));
  IF turn > moment + longest THEN
    RETURN -extract(epoch FROM turn - moment) * 1000;
  END IF;
  UPDATE ai_turns t SET next_at = turn + every WHERE t.key = for_key;
  RETURN greatest(0, extract(epoch FROM turn - moment) * 1000);
END
$$

-- next statement

-- Files that people send for a job to read. They go after a time, whether a job has read them or not.
CREATE TABLE uploads (
  id uuid PRIMARY KEY,
  organisation_id text NOT NULL,
  created_by text,
  name text NOT NULL,
  content_type text NOT NULL,
  size bigint NOT NULL CHECK (size >= 0),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  store text NOT NULL,
  key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
)

-- next statement

CREATE INDEX uploads_expired ON uploads (expires_at)

-- next statement

CREATE TRIGGER uploads_leave_bytes AFTER DELETE ON uploads
  FOR EACH ROW EXECUTE FUNCTION job_artifacts_leave_bytes()

-- next statement

-- From then on the file counts as gone, and the next sweep removes it.
ALTER TABLE job_artifacts ADD COLUMN expires_at timestamptz

-- next statement

CREATE INDEX job_artifacts_expired ON job_artifacts (expires_at) WHERE expires_at IS NOT NULL

-- next statement

SELECT callboard_keep_private('ai_calls', 'ai_turns', 'uploads', 'begin_ai_call', 'take_ai_turn')

-- next statement

CREATE POLICY members_see_ai_calls ON ai_calls FOR SELECT
  USING (EXISTS (SELECT FROM script_jobs j WHERE j.id = ai_calls.job_id))

-- next statement

CREATE POLICY members_see_uploads ON uploads FOR SELECT
  USING (organisation_id = (SELECT callboard_organisation()))

-- next statement

CREATE FUNCTION callboard_let_in_to_ai_and_data(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT SELECT ON ai_calls TO %I', member);
  EXECUTE format('GRANT SELECT (id, organisation_id, created_by, name, content_type, size, sha256, created_at, expires_at)
    ON uploads TO %I', member);
  EXECUTE format('GRANT SELECT (expires_at) ON job_artifacts TO %I', member);
END
$$

-- next statement

ALTER FUNCTION callboard_let_in(text) RENAME TO callboard_let_in_but_to_ai_and_data

-- next statement

-- What a role gets that is made later stays one call.
CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM callboard_let_in_but_to_ai_and_data(member);
  PERFORM callboard_let_in_to_ai_and_data(member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'callboard_let_in_to_ai_and_data')

-- next statement

DO $$
DECLARE
  member text;
BEGIN
  FOREACH member IN ARRAY ARRAY['callboard_member', 'authenticated'] LOOP
    IF to_regrole(member) IS NOT NULL THEN PERFORM callboard_let_in_to_ai_and_data(member); END IF;
  END LOOP;
END
$$
