-- Recurring jobs.

CREATE TABLE job_schedules (
  id uuid PRIMARY KEY,
  organisation_id text NOT NULL DEFAULT 'default',
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  -- Five fields, read in the time zone.
  cron text NOT NULL CHECK (cron <> ''),
  time_zone text NOT NULL CHECK (time_zone <> ''),
  job_type text NOT NULL,
  -- Secret fields are sealed before they get here, bound to this row's id.
  input_payload jsonb NOT NULL,
  missed_runs text NOT NULL DEFAULT 'run_once' CHECK (missed_runs IN ('run_once', 'skip')),
  overlap text NOT NULL DEFAULT 'allow' CHECK (overlap IN ('allow', 'skip')),
  options jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(options) = 'object'),

  paused_at timestamptz,
  next_run_at timestamptz,
  last_run_at timestamptz,
  -- No foreign key: jobs are removed after their retention, and the schedule stays as it is.
  last_job_id uuid,
  last_skipped_at timestamptz,
  last_skipped_because text CHECK (last_skipped_because IN ('missed', 'overlap')),
  last_error text,
  last_error_at timestamptz,

  created_by text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  -- Rises with each change of the row.
  revision integer NOT NULL DEFAULT 1,

  CONSTRAINT job_schedules_name UNIQUE (organisation_id, name),
  CONSTRAINT paused_or_going_on CHECK ((paused_at IS NULL) = (next_run_at IS NOT NULL)),
  CONSTRAINT last_run_made_a_job CHECK ((last_run_at IS NULL) = (last_job_id IS NULL)),
  CONSTRAINT last_skip_is_whole CHECK ((last_skipped_at IS NULL) = (last_skipped_because IS NULL)),
  CONSTRAINT last_error_is_whole CHECK ((last_error IS NULL) = (last_error_at IS NULL))
)

-- next statement

-- What is due, soonest first. Paused schedules are not in it.
CREATE INDEX job_schedules_due ON job_schedules (next_run_at) WHERE next_run_at IS NOT NULL

-- next statement

CREATE FUNCTION job_schedules_before_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  NEW.revision := OLD.revision + 1;
  RETURN NEW;
END
$$

-- next statement

CREATE TRIGGER job_schedules_before_update BEFORE UPDATE ON job_schedules
  FOR EACH ROW EXECUTE FUNCTION job_schedules_before_update()
