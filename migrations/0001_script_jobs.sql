-- Jobs, and the history that each of them keeps.
-- Statements are separated by marker lines, because the driver sends one statement at a time.

CREATE TABLE script_jobs (
  id uuid PRIMARY KEY,
  job_id text NOT NULL UNIQUE CHECK (job_id ~ '^JOB_\d{8}_\d{6}_[0-9a-f]{8}$'),
  job_type text NOT NULL,
  status text NOT NULL DEFAULT 'pending'
    CHECK (status IN ('pending', 'in_progress', 'completed', 'failed', 'cancelled')),
  lane text NOT NULL,
  priority smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN -100 AND 100),

  -- Secret fields are sealed before they get here.
  input_payload jsonb NOT NULL,
  result jsonb,
  error_code text,
  error_message text,
  error_retryable boolean,
  error_step text,
  error_hint text,

  progress_percent smallint NOT NULL DEFAULT 0 CHECK (progress_percent BETWEEN 0 AND 100),
  progress_message text,
  current_step integer,
  current_step_name text,
  total_steps integer NOT NULL,

  -- Claims so far. It only rises: it names an attempt. Tries are counted by retry_count, crashes by crash_count.
  attempt integer NOT NULL DEFAULT 0,
  retry_count integer NOT NULL DEFAULT 0,
  max_retries integer NOT NULL CHECK (max_retries >= 0),
  crash_count integer NOT NULL DEFAULT 0,
  next_retry_at timestamptz,

  run_at timestamptz NOT NULL DEFAULT now(),
  timeout_ms integer NOT NULL CHECK (timeout_ms > 0),
  timeout_at timestamptz,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  completed_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  cancel_requested_at timestamptz,

  organisation_id text NOT NULL DEFAULT 'default',
  restaurant_id text,
  created_by text,
  concurrency_key text,
  dedupe_key text,
  client_ref text,
  batch_id uuid,
  labels text[] NOT NULL DEFAULT '{}',

  lease_owner text,
  lease_boot uuid,
  lease_token uuid,
  lease_expires_at timestamptz,

  -- Rises with each change of the row; streams and ETags compare it.
  revision integer NOT NULL DEFAULT 1,

  CONSTRAINT lease_exactly_while_running CHECK ((status = 'in_progress') = (lease_token IS NOT NULL)),
  CONSTRAINT lease_is_whole CHECK (num_nulls(lease_owner, lease_boot, lease_token, lease_expires_at) IN (0, 4)),
  CONSTRAINT completed_at_exactly_when_terminal
    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
  CONSTRAINT running_has_started CHECK (status <> 'in_progress' OR (started_at IS NOT NULL AND timeout_at IS NOT NULL)),
  CONSTRAINT failed_has_error CHECK (status <> 'failed' OR error_code IS NOT NULL),
  CONSTRAINT only_completed_has_result CHECK (result IS NULL OR status = 'completed')
)

-- next statement

-- Claiming reads this index in its order. Only waiting rows are in it.
CREATE INDEX script_jobs_queue ON script_jobs (lane, priority DESC, run_at, id) WHERE status = 'pending'

-- next statement

-- Retries and delayed starts: when does the next one become due?
CREATE INDEX script_jobs_retry_due ON script_jobs (lane, run_at) WHERE status = 'pending'

-- next statement

CREATE INDEX script_jobs_active ON script_jobs (lease_owner, lease_expires_at) WHERE status = 'in_progress'

-- next statement

CREATE INDEX script_jobs_timeout ON script_jobs (timeout_at) WHERE status = 'in_progress'

-- next statement

CREATE INDEX script_jobs_expiry ON script_jobs (expires_at) WHERE status = 'pending'

-- next statement

-- Ids are UUID v7, so their order is the order of creation, and lists page by id alone.
CREATE INDEX script_jobs_failed ON script_jobs (id DESC) WHERE status = 'failed'

-- next statement

CREATE INDEX script_jobs_cancelled ON script_jobs (id DESC) WHERE status = 'cancelled'

-- next statement

CREATE INDEX script_jobs_completed ON script_jobs (id DESC) WHERE status = 'completed'

-- next statement

CREATE INDEX script_jobs_type ON script_jobs (job_type, id DESC)

-- next statement

CREATE INDEX script_jobs_organisation ON script_jobs (organisation_id, id DESC)

-- next statement

CREATE INDEX script_jobs_restaurant ON script_jobs (restaurant_id, id DESC) WHERE restaurant_id IS NOT NULL

-- next statement

CREATE INDEX script_jobs_creator ON script_jobs (created_by, id DESC) WHERE created_by IS NOT NULL

-- next statement

-- The state machine of src/domain/JobStatus.ts once more, and the columns that follow from a change of status.
CREATE FUNCTION script_jobs_before_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> OLD.status THEN
    IF NOT (
      (OLD.status = 'pending' AND NEW.status IN ('in_progress', 'cancelled', 'failed'))
      OR (OLD.status = 'in_progress' AND NEW.status IN ('completed', 'failed', 'cancelled', 'pending'))
      OR (OLD.status IN ('failed', 'cancelled') AND NEW.status = 'pending')
    ) THEN
      RAISE EXCEPTION 'job % cannot go from % to %', OLD.job_id, OLD.status, NEW.status
        USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'in_progress' THEN
      NEW.started_at := now();
      NEW.timeout_at := now() + NEW.timeout_ms * interval '1 millisecond';
    ELSE
      NEW.timeout_at := NULL;
      NEW.lease_owner := NULL;
      NEW.lease_boot := NULL;
      NEW.lease_token := NULL;
      NEW.lease_expires_at := NULL;
    END IF;
    IF NEW.status <> 'pending' THEN
      NEW.next_retry_at := NULL;
    END IF;
    IF NEW.status IN ('completed', 'failed', 'cancelled') THEN
      NEW.completed_at := now();
    ELSE
      NEW.completed_at := NULL;
    END IF;
  END IF;
  NEW.updated_at := now();
  -- Renewing a lease is no news.
  IF NEW.lease_expires_at IS NOT DISTINCT FROM OLD.lease_expires_at OR NEW.lease_token IS DISTINCT FROM OLD.lease_token
  THEN
    NEW.revision := OLD.revision + 1;
  END IF;
  RETURN NEW;
END
$$

-- next statement

CREATE TRIGGER script_jobs_before_update BEFORE UPDATE ON script_jobs
  FOR EACH ROW EXECUTE FUNCTION script_jobs_before_update()

-- next statement

-- Says which job has which revision now; readers fetch the state. Whoever writes the row, streams and workers hear it.
CREATE FUNCTION script_jobs_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('callboard', json_build_object(
    'id', NEW.id,
    'revision', NEW.revision,
    'lane', NEW.lane,
    -- How long from now, because the clocks of workers differ from the database's.
    'due', CASE WHEN NEW.status = 'pending' THEN ceil(extract(epoch FROM NEW.run_at - now()) * 1000) END,
    'cancel', NEW.status = 'in_progress' AND NEW.cancel_requested_at IS NOT NULL
  )::text);
  RETURN NULL;
END
$$

-- next statement

CREATE TRIGGER script_jobs_notify AFTER INSERT OR UPDATE OF
    status, progress_percent, progress_message, current_step, run_at, priority, cancel_requested_at ON script_jobs
  FOR EACH ROW EXECUTE FUNCTION script_jobs_notify()

-- next statement

CREATE TABLE job_attempts (
  job_id uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  attempt integer NOT NULL CHECK (attempt > 0),
  worker text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  outcome text CHECK (outcome IN ('completed', 'failed', 'cancelled', 'released', 'lost')),
  error_code text,
  error_message text,
  error_retryable boolean,
  error_step text,
  error_hint text,
  PRIMARY KEY (job_id, attempt),
  CONSTRAINT outcome_exactly_when_ended CHECK ((outcome IS NULL) = (ended_at IS NULL))
)

-- next statement

CREATE TABLE job_steps (
  job_id uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  attempt integer NOT NULL,
  name text NOT NULL,
  number integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  outcome text CHECK (outcome IN ('completed', 'failed', 'stopped')),
  PRIMARY KEY (job_id, attempt, name)
)

-- next statement

-- The stored outputs of finished steps: what a later attempt does not compute again.
CREATE TABLE job_checkpoints (
  job_id uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  name text NOT NULL,
  attempt integer NOT NULL,
  output jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, name)
)

-- next statement

CREATE TABLE job_logs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  attempt integer NOT NULL,
  at timestamptz NOT NULL,
  level text NOT NULL CHECK (level IN ('debug', 'info', 'warn', 'error')),
  step text,
  message text NOT NULL
)

-- next statement

CREATE INDEX job_logs_of_job ON job_logs (job_id, id)

-- next statement

CREATE TABLE idempotency_keys (
  organisation_id text NOT NULL,
  key text NOT NULL,
  -- Keyed hash of the request, so that the same key with another request is refused.
  request_hash bytea NOT NULL,
  job_id uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organisation_id, key)
)

-- next statement

CREATE INDEX idempotency_keys_of_job ON idempotency_keys (job_id)

-- next statement

-- One row per worker name. A worker beats every 5 seconds; one that missed three beats takes no jobs.
CREATE TABLE workers (
  name text PRIMARY KEY,
  boot_id uuid NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  -- Places per lane: { "browser": 2, "default": 8 }.
  lanes jsonb NOT NULL
)
