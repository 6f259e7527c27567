-- What pages looked like in words when a step last went well, and the newest picture of pages that somebody watches.
-- Both are for the engine: the server gives them out with the job they belong to, and members read no table of them.

CREATE TABLE step_snapshots (
  organisation_id text NOT NULL,
  job_type text NOT NULL,
  step text NOT NULL,
  -- Roles, names and states of what the page offers; no values of its fields.
  snapshot text NOT NULL CHECK (octet_length(snapshot) <= 65536),
  changed_at timestamptz NOT NULL DEFAULT now(),
  -- To the day: a row that says the same is not written again for each job.
  used_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organisation_id, job_type, step)
)

-- next statement

CREATE INDEX step_snapshots_used ON step_snapshots (used_at)

-- next statement

-- One row while a running job is watched. A crash of the server may empty it, and nothing is lost then.
CREATE UNLOGGED TABLE live_views (
  job_id uuid PRIMARY KEY REFERENCES script_jobs (id) ON DELETE CASCADE,
  -- Until when somebody wants pictures, and until when large ones. Whoever watches moves them on.
  wanted_until timestamptz NOT NULL,
  large_until timestamptz NOT NULL DEFAULT '-infinity',
  -- What follows is the worker's. The attempt, because a picture of an earlier one shows a page that is gone.
  attempt integer NOT NULL DEFAULT 0,
  -- The browser answered.
  answered_at timestamptz,
  -- A secret value is on the page, so no picture is made of it.
  hidden boolean NOT NULL DEFAULT false,
  -- Rises with each picture of the attempt; 0 before the first.
  number integer NOT NULL DEFAULT 0,
  taken_at timestamptz,
  frame bytea CHECK (octet_length(frame) <= 1048576)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100,
  toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 500)

-- next statement

-- Pictures are compressed already.
ALTER TABLE live_views ALTER COLUMN frame SET STORAGE EXTERNAL

-- next statement

SELECT callboard_keep_private('step_snapshots', 'live_views')

-- next statement

-- Should somebody be given the right to read them: no more than what is of their organisation.
CREATE POLICY members_see_snapshots ON step_snapshots FOR SELECT
  USING (organisation_id = (SELECT callboard_organisation()))

-- next statement

CREATE POLICY members_see_live_views ON live_views FOR SELECT
  USING (EXISTS (SELECT FROM script_jobs j WHERE j.id = live_views.job_id))
