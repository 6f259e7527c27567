-- What waits and what runs live in narrow tables of their own; script_jobs stays the truth and the history.
-- No index of script_jobs mentions a column that changes while a job is claimed and completed, so that these two updates
-- stay in their page (HOT) and touch no index. Triggers make the narrow tables follow, whoever writes script_jobs.

DROP INDEX script_jobs_queue, script_jobs_retry_due, script_jobs_active, script_jobs_timeout, script_jobs_expiry,
  script_jobs_failed, script_jobs_cancelled, script_jobs_completed, script_jobs_type, script_jobs_organisation,
  script_jobs_restaurant, script_jobs_creator

-- next statement

DROP TRIGGER script_jobs_notify ON script_jobs

-- next statement

DROP FUNCTION script_jobs_notify()

-- next statement

-- A check of the table is made with each update of a row; the domain's only when an id is written.
CREATE DOMAIN readable_job_id AS text CHECK (VALUE ~ '^JOB_\d{8}_\d{6}_[0-9a-f]{8}$')

-- next statement

ALTER TABLE script_jobs DROP CONSTRAINT script_jobs_job_id_check, ALTER COLUMN job_id TYPE readable_job_id

-- next statement

-- Room for the two versions of a row that claiming and completing it leave in its page.
ALTER TABLE script_jobs SET (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.05)

-- next statement

-- lease_owner stays when the lease ends: it is the worker of the last attempt.
ALTER TABLE script_jobs
  DROP CONSTRAINT lease_is_whole,
  DROP COLUMN lease_boot,
  ADD COLUMN failed_at timestamptz,
  ADD COLUMN cancelled_at timestamptz,
  ADD COLUMN error_fingerprint text,
  -- The jobs that have to end before this one starts. job_dependencies says which of them have.
  ADD COLUMN depends_on uuid[] NOT NULL DEFAULT '{}' CHECK (cardinality(depends_on) <= 100),
  ADD COLUMN on_dependency_failure text NOT NULL DEFAULT 'fail' CHECK (on_dependency_failure IN ('fail', 'run')),
  -- Whether the dedupe key is taken by this job. Changes only for jobs that have a key.
  ADD COLUMN dedupe_open boolean NOT NULL DEFAULT true,
  ADD CONSTRAINT lease_is_whole CHECK (
    (lease_token IS NULL) = (lease_expires_at IS NULL) AND (lease_token IS NULL OR lease_owner IS NOT NULL)
  )

-- next statement

-- Failures of one kind, whatever numbers, ids and quoted names stand in their messages.
CREATE FUNCTION error_fingerprint(job_type text, step text, code text, message text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT left(md5(concat_ws(E'\n', job_type, coalesce(step, ''), code,
    regexp_replace(
      regexp_replace(
        -- An apostrophe inside a word quotes nothing.
        regexp_replace(lower(coalesce(message, '')), '"[^"]*"|(?<!\w)''[^'']*''(?!\w)|“[^”]*”|`[^`]*`', '"…"', 'g'),
        'job_\d{8}_\d{6}_[0-9a-f]{8}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|https?://\S+', '…', 'g'),
      '\d+', '#', 'g'))), 16)
$$

-- next statement

-- This changes no job: their times and revisions stay.
ALTER TABLE script_jobs DISABLE TRIGGER script_jobs_before_update

-- next statement

UPDATE script_jobs SET
  failed_at = CASE WHEN status = 'failed' THEN completed_at END,
  cancelled_at = CASE WHEN status = 'cancelled' THEN completed_at END,
  error_fingerprint = CASE WHEN status = 'failed'
    THEN error_fingerprint(job_type, error_step, error_code, error_message) END,
  dedupe_open = status IN ('pending', 'in_progress'),
  lease_owner = coalesce(lease_owner, (
    SELECT a.worker FROM job_attempts a WHERE a.job_id = script_jobs.id AND a.attempt = script_jobs.attempt
  ))

-- next statement

ALTER TABLE script_jobs ENABLE TRIGGER script_jobs_before_update

-- next statement

-- A running attempt is described by the job's own row until it has ended.
DELETE FROM job_attempts a USING script_jobs j
WHERE a.job_id = j.id AND a.attempt = j.attempt AND j.status = 'in_progress'

-- next statement

CREATE INDEX script_jobs_failed ON script_jobs (id) WHERE failed_at IS NOT NULL

-- next statement

CREATE INDEX script_jobs_cancelled ON script_jobs (id) WHERE cancelled_at IS NOT NULL

-- next statement

CREATE INDEX script_jobs_failures ON script_jobs (organisation_id, error_fingerprint, id) WHERE failed_at IS NOT NULL

-- next statement

CREATE UNIQUE INDEX script_jobs_dedupe ON script_jobs (organisation_id, dedupe_key)
  WHERE dedupe_key IS NOT NULL AND dedupe_open

-- next statement

CREATE INDEX script_jobs_batch ON script_jobs (batch_id, id) WHERE batch_id IS NOT NULL

-- next statement

-- Ids are UUID v7, so their order is the order of creation; lists read these backwards.
CREATE INDEX script_jobs_type ON script_jobs (job_type, id)

-- next statement

CREATE INDEX script_jobs_organisation ON script_jobs (organisation_id, id)

-- next statement

CREATE INDEX script_jobs_restaurant ON script_jobs (restaurant_id, id) WHERE restaurant_id IS NOT NULL

-- next statement

CREATE INDEX script_jobs_creator ON script_jobs (created_by, id) WHERE created_by IS NOT NULL

-- next statement

-- Pending jobs.
--   ready      may be claimed
--   scheduled  not before run_at
--   blocked    needs other jobs that have not completed
--   behind     another job with its concurrency key runs or goes first
CREATE TABLE job_queue (
  id uuid PRIMARY KEY,
  lane text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN ('ready', 'scheduled', 'blocked', 'behind')),
  -- The negative priority, so that every part of the queue's order ascends.
  rank smallint NOT NULL,
  organisation_id text COLLATE "C" NOT NULL,
  job_type text COLLATE "C" NOT NULL,
  run_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  timeout_ms integer NOT NULL,
  concurrency_key text COLLATE "C",
  unmet_dependencies integer NOT NULL DEFAULT 0
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0)

-- next statement

-- Claiming reads this index in its order.
CREATE INDEX job_queue_ready ON job_queue (lane, rank, organisation_id, run_at, id) WHERE state = 'ready'

-- next statement

-- Retries and delayed starts: which are due, and when does the next one become due?
CREATE INDEX job_queue_due ON job_queue (lane, run_at) WHERE state = 'scheduled'

-- next statement

CREATE INDEX job_queue_expiry ON job_queue (expires_at)

-- next statement

-- The order in which jobs with one concurrency key take turns.
CREATE INDEX job_queue_turns ON job_queue (organisation_id, concurrency_key, rank, run_at, id)
  WHERE concurrency_key IS NOT NULL AND state IN ('ready', 'behind')

-- next statement

CREATE INDEX job_queue_heads ON job_queue (organisation_id, concurrency_key)
  WHERE concurrency_key IS NOT NULL AND state = 'ready'

-- next statement

-- Which keys have jobs behind in a lane?
CREATE INDEX job_queue_behind ON job_queue (lane, organisation_id, concurrency_key) WHERE state = 'behind'

-- next statement

-- Running jobs. A row here and the lease columns of script_jobs are written together.
CREATE TABLE job_leases (
  id uuid PRIMARY KEY,
  token uuid NOT NULL,
  owner text NOT NULL,
  boot uuid NOT NULL,
  lane text NOT NULL,
  expires_at timestamptz NOT NULL,
  timeout_at timestamptz NOT NULL,
  organisation_id text COLLATE "C" NOT NULL,
  concurrency_key text COLLATE "C",
  -- Position among the jobs of its claim, which start in this order.
  place integer NOT NULL DEFAULT 1
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0)

-- next statement

-- This index is what keeps two jobs with one concurrency key from running at once, in any number of processes.
CREATE UNIQUE INDEX job_leases_key ON job_leases (organisation_id, concurrency_key) WHERE concurrency_key IS NOT NULL

-- next statement

-- Active jobs, those of dead workers first.
CREATE INDEX job_leases_active ON job_leases (expires_at)

-- next statement

CREATE INDEX job_leases_timeout ON job_leases (timeout_at)

-- next statement

CREATE TABLE job_dependencies (
  job_id uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  depends_on uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  met boolean NOT NULL DEFAULT false,
  PRIMARY KEY (job_id, depends_on),
  CHECK (job_id <> depends_on)
)

-- next statement

CREATE INDEX job_dependencies_waiting ON job_dependencies (depends_on) WHERE NOT met

-- next statement

-- For deletes only: which jobs depended on the one that goes?
CREATE INDEX job_dependencies_of ON job_dependencies (depends_on)

-- next statement

-- Lanes and job types that people have paused.
CREATE TABLE pauses (
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('lane', 'type')),
  name text COLLATE "C" NOT NULL,
  paused_at timestamptz NOT NULL DEFAULT now(),
  paused_by text,
  reason text,
  PRIMARY KEY (kind, name)
)

-- next statement

-- A key that made a batch.
ALTER TABLE idempotency_keys ADD COLUMN batch_id uuid

-- next statement

ALTER TABLE workers
  ADD COLUMN draining boolean NOT NULL DEFAULT false,
  -- The job types that it can run.
  ADD COLUMN types text[] NOT NULL DEFAULT '{}'

-- next statement

INSERT INTO job_queue (id, lane, state, rank, organisation_id, job_type, run_at, expires_at, timeout_ms)
SELECT id, lane, CASE WHEN run_at > now() THEN 'scheduled' ELSE 'ready' END, -priority, organisation_id, job_type, run_at,
  expires_at, timeout_ms
FROM script_jobs WHERE status = 'pending'

-- next statement

INSERT INTO job_leases (id, token, owner, boot, lane, expires_at, timeout_at, organisation_id)
SELECT id, lease_token, lease_owner, gen_random_uuid(), lane, lease_expires_at, timeout_at, organisation_id
FROM script_jobs WHERE status = 'in_progress'

-- next statement

-- The state machine of src/domain/JobStatus.ts once more, and the columns that follow from a change of status.
CREATE OR REPLACE FUNCTION script_jobs_before_update() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF NEW.status = 'failed' THEN
      NEW.failed_at := now();
      NEW.error_fingerprint := error_fingerprint(NEW.job_type, NEW.error_step, NEW.error_code, NEW.error_message);
    ELSE
      NEW.failed_at := NULL;
      NEW.error_fingerprint := NULL;
    END IF;
    NEW.cancelled_at := CASE WHEN NEW.status = 'cancelled' THEN now() END;
    IF NEW.dedupe_key IS NOT NULL THEN
      NEW.dedupe_open := NEW.status IN ('pending', 'in_progress');
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

-- Jobs that are written with their end, such as those of an import.
CREATE FUNCTION script_jobs_before_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.completed_at := coalesce(NEW.completed_at, now());
  IF NEW.status = 'failed' THEN
    NEW.failed_at := NEW.completed_at;
    NEW.error_fingerprint := error_fingerprint(NEW.job_type, NEW.error_step, NEW.error_code, NEW.error_message);
  END IF;
  NEW.cancelled_at := CASE WHEN NEW.status = 'cancelled' THEN NEW.completed_at END;
  NEW.dedupe_open := false;
  RETURN NEW;
END
$$

-- next statement

CREATE TRIGGER script_jobs_before_insert BEFORE INSERT ON script_jobs
  FOR EACH ROW WHEN (NEW.status IN ('completed', 'failed', 'cancelled')) EXECUTE FUNCTION script_jobs_before_insert()
