-- What others are told: webhooks, and mails about failures.
-- Which events there are is decided here, in the transaction that changes a job: an event is kept exactly when the change
-- is. Deliveries are made of events later, as jobs in the lane "system"; jobs of that lane make no events themselves.

CREATE TABLE webhooks (
  id uuid PRIMARY KEY,
  organisation_id text NOT NULL,
  url text NOT NULL CHECK (char_length(url) BETWEEN 1 AND 2000),
  description text,
  -- 'job.failed' and the like, or '*' for all of them.
  events text[] NOT NULL CHECK (cardinality(events) BETWEEN 1 AND 20),
  -- Only of these jobs; null: of all.
  job_type text,
  restaurant_id text,
  label text,
  enabled boolean NOT NULL DEFAULT true,
  disabled_at timestamptz,
  -- 'gone': its receiver answered 410.
  disabled_because text CHECK (disabled_because IN ('person', 'gone')),
  -- Sealed, bound to this row's id. While it is replaced, the former one signs too.
  secret jsonb NOT NULL CHECK (secret ? '$sealed'),
  former_secret jsonb CHECK (former_secret ? '$sealed'),
  former_secret_until timestamptz,
  created_by text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT disabled_is_whole CHECK (
    enabled = (disabled_at IS NULL) AND (disabled_at IS NULL) = (disabled_because IS NULL)
  ),
  CONSTRAINT former_secret_is_whole CHECK ((former_secret IS NULL) = (former_secret_until IS NULL))
)

-- next statement

CREATE INDEX webhooks_of_organisation ON webhooks (organisation_id, id)

-- next statement

-- What happened, with the job as it was then: a delivery that comes late still tells of this moment.
CREATE TABLE webhook_events (
  id uuid PRIMARY KEY,
  type text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  job_id uuid,
  -- A row of script_jobs, its secrets sealed, and one of job_prompts; no job for a test.
  job jsonb,
  prompt jsonb
)

-- next statement

CREATE INDEX webhook_events_old ON webhook_events (at)

-- next statement

-- One event for one webhook. No foreign key to the webhook: its removal must not make the end of a job fail that is just
-- being recorded. What is left over goes with its event.
CREATE TABLE webhook_deliveries (
  id uuid PRIMARY KEY,
  event_id uuid NOT NULL REFERENCES webhook_events (id) ON DELETE CASCADE,
  webhook_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'skipped')),
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  -- The job that delivers it; null until there is one.
  job_id uuid,
  CONSTRAINT ended_at_exactly_when_ended CHECK ((state = 'pending') = (ended_at IS NULL))
)

-- next statement

CREATE INDEX webhook_deliveries_without_job ON webhook_deliveries (created_at) WHERE job_id IS NULL

-- next statement

CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, created_at, id)

-- next statement

CREATE INDEX webhook_deliveries_of_event ON webhook_deliveries (event_id)

-- next statement

CREATE TABLE webhook_attempts (
  delivery_id uuid NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
  attempt integer NOT NULL CHECK (attempt > 0),
  at timestamptz NOT NULL,
  duration_ms integer NOT NULL,
  -- What the receiver answered, or why there was no answer.
  status_code integer,
  error_code text,
  excerpt text CHECK (char_length(excerpt) <= 300),
  PRIMARY KEY (delivery_id, attempt)
)

-- next statement

-- Whether anybody wants mails about failures, and when the last one went. One row.
CREATE TABLE failure_mail (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  -- Processes with a mail server move it on while they live.
  wanted_until timestamptz NOT NULL DEFAULT '-infinity',
  last_at timestamptz,
  -- The job that sends the next one, or sent the last.
  job_id uuid
)

-- next statement

INSERT INTO failure_mail DEFAULT VALUES

-- next statement

-- Failures that no mail has told of yet.
CREATE TABLE failures_to_mail (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organisation_id text NOT NULL,
  job_id text NOT NULL,
  job_type text NOT NULL,
  fingerprint text NOT NULL,
  code text NOT NULL,
  message text NOT NULL,
  step text,
  failed_at timestamptz NOT NULL,
  -- The job whose mail tells of it.
  mail uuid
)

-- next statement

CREATE INDEX failures_to_mail_by_mail ON failures_to_mail (mail, id)

-- next statement

-- Runs with each update of jobs, so the first line is all that it does where nobody listens.
CREATE FUNCTION script_jobs_tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  former_nestloop text;
  former_hashjoin text;
BEGIN
  IF NOT EXISTS (
    SELECT FROM webhooks w WHERE w.enabled UNION ALL SELECT FROM failure_mail f WHERE f.wanted_until > now()
  ) THEN RETURN NULL; END IF;
  -- Plans are kept, and a nested loop over both tables would take 100 ms where hundreds of jobs change at once.
  former_nestloop := current_setting('enable_nestloop');
  former_hashjoin := current_setting('enable_hashjoin');
  PERFORM set_config('enable_nestloop', 'off', true), set_config('enable_hashjoin', 'on', true);
  IF EXISTS (SELECT FROM webhooks w WHERE w.enabled) THEN
    WITH changed AS (
      SELECT c.*, ARRAY(
        SELECT w.id FROM webhooks w
        WHERE w.organisation_id = c.organisation_id AND w.enabled AND w.events && ARRAY[c.event, '*']
          AND (w.job_type IS NULL OR w.job_type = c.job_type)
          AND (w.restaurant_id IS NULL OR w.restaurant_id = c.restaurant_id)
          AND (w.label IS NULL OR w.label = ANY (c.labels))
      ) AS webhooks
      FROM (
        SELECT n.id, n AS job, n.organisation_id, n.job_type, n.restaurant_id, n.labels,
          CASE n.status WHEN 'in_progress' THEN 'job.started' ELSE 'job.' || n.status END AS event
        FROM after_rows n JOIN before_rows o ON o.id = n.id
        WHERE n.status <> o.status AND n.status <> 'pending' AND n.lane <> 'system'
      ) c
    ), told AS MATERIALIZED (
      SELECT t.*, gen_random_uuid() AS event_id FROM changed t WHERE t.webhooks <> '{}'
    ), kept AS (
      INSERT INTO webhook_events (id, type, job_id, job) SELECT t.event_id, t.event, t.id, to_jsonb(t.job) FROM told t
    )
    INSERT INTO webhook_deliveries (id, event_id, webhook_id)
    SELECT gen_random_uuid(), t.event_id, unnest(t.webhooks) FROM told t;
  END IF;
  IF EXISTS (SELECT FROM failure_mail f WHERE f.wanted_until > now()) THEN
    INSERT INTO failures_to_mail (organisation_id, job_id, job_type, fingerprint, code, message, step, failed_at)
    SELECT n.organisation_id, n.job_id, n.job_type, coalesce(n.error_fingerprint, ''), n.error_code,
      coalesce(n.error_message, ''), n.error_step, now()
    FROM after_rows n JOIN before_rows o ON o.id = n.id
    WHERE n.status = 'failed' AND o.status <> 'failed' AND n.lane <> 'system';
  END IF;
  PERFORM set_config('enable_nestloop', former_nestloop, true), set_config('enable_hashjoin', former_hashjoin, true);
  RETURN NULL;
END
$$

-- next statement

-- The tables of changed rows are made for script_jobs_after_update already, also where that one has nothing to do.
CREATE TRIGGER script_jobs_tell AFTER UPDATE ON script_jobs
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION script_jobs_tell()

-- next statement

CREATE FUNCTION job_prompts_tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  WITH told AS (
    SELECT gen_random_uuid() AS event_id, to_jsonb(j) AS job, array_agg(w.id) AS webhooks
    FROM script_jobs j JOIN webhooks w ON w.organisation_id = j.organisation_id
    WHERE j.id = NEW.job_id AND w.enabled AND w.events && ARRAY['job.needs_input', '*']
      AND (w.job_type IS NULL OR w.job_type = j.job_type)
      AND (w.restaurant_id IS NULL OR w.restaurant_id = j.restaurant_id)
      AND (w.label IS NULL OR w.label = ANY (j.labels))
    GROUP BY j.id
  ), kept AS (
    INSERT INTO webhook_events (id, type, job_id, job, prompt)
    SELECT t.event_id, 'job.needs_input', NEW.job_id, t.job, to_jsonb(NEW) FROM told t
  )
  INSERT INTO webhook_deliveries (id, event_id, webhook_id)
  SELECT gen_random_uuid(), t.event_id, unnest(t.webhooks) FROM told t;
  RETURN NULL;
END
$$

-- next statement

CREATE TRIGGER job_prompts_tell AFTER INSERT ON job_prompts
  FOR EACH ROW WHEN (NEW.state = 'open') EXECUTE FUNCTION job_prompts_tell()

-- next statement

DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION script_jobs_tell() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION job_prompts_tell() SET search_path = %I, pg_temp', current_schema());
END
$$

-- next statement

SELECT callboard_keep_private(
  'webhooks', 'webhook_events', 'webhook_deliveries', 'webhook_attempts', 'failure_mail', 'failures_to_mail',
  'script_jobs_tell', 'job_prompts_tell'
)

-- next statement

-- Members have no privilege on these: webhooks are for admins, and the server answers for them. Should somebody be given
-- the right to read them: no more than what is of their organisation.
CREATE POLICY members_see_webhooks ON webhooks FOR SELECT
  USING (organisation_id = (SELECT callboard_organisation()))
