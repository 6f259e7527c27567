-- Questions of running scripts to people. Answers are sealed before they get here and kept only until the script has them.
--   open       asked; the first answer counts
--   answered   by somebody; the script has the answer, or is just getting it
--   timed_out  nobody answered until the deadline
--   closed     the attempt ended, lost its lease, or asks no longer
--   postponed  not asked: too many questions waited in the lane already, so the job went back to the queue
CREATE TABLE job_prompts (
  id uuid PRIMARY KEY,
  job_id uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  attempt integer NOT NULL,
  lease_token uuid NOT NULL,
  step text,
  kind text NOT NULL CHECK (kind IN ('otp', 'text', 'choice', 'confirm')),
  label text NOT NULL,
  hint text,
  choices text[],
  -- How often this was asked in this job, this time included.
  times_asked integer NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'answered', 'timed_out', 'closed', 'postponed')),
  asked_at timestamptz NOT NULL DEFAULT now(),
  deadline timestamptz NOT NULL,
  answered_at timestamptz,
  answered_by text,
  answer jsonb,
  -- From then on nothing comes of it any more.
  closed_at timestamptz,
  CONSTRAINT answered_at_exactly_when_answered CHECK ((state = 'answered') = (answered_at IS NOT NULL)),
  CONSTRAINT answer_is_sealed CHECK (answer IS NULL OR answer ? '$sealed'),
  CONSTRAINT answer_waits_for_its_script CHECK (answer IS NULL OR (state = 'answered' AND closed_at IS NULL)),
  CONSTRAINT open_is_not_closed CHECK (state <> 'open' OR closed_at IS NULL),
  CONSTRAINT choices_exactly_of_choice CHECK ((kind = 'choice') = (choices IS NOT NULL))
)

-- next statement

CREATE INDEX job_prompts_of_job ON job_prompts (job_id, id)

-- next statement

-- A script asks one thing at a time.
CREATE UNIQUE INDEX job_prompts_open ON job_prompts (job_id) WHERE state = 'open'

-- next statement

CREATE INDEX job_prompts_postponed ON job_prompts (asked_at) WHERE state = 'postponed' AND closed_at IS NULL

-- next statement

-- Set with the first question, so that the end of a lease costs nothing where nobody was asked.
ALTER TABLE job_leases ADD COLUMN asked boolean NOT NULL DEFAULT false

-- next statement

-- However an attempt ends, its lease goes, and with it what it asked. A question that the ending attempt postponed stays:
-- it says why the job waits.
CREATE FUNCTION job_leases_close_prompts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE job_prompts p SET state = CASE WHEN p.state = 'open' THEN 'closed' ELSE p.state END, answer = NULL, closed_at = now()
  WHERE p.job_id = OLD.id AND p.closed_at IS NULL AND NOT (p.state = 'postponed' AND p.lease_token = OLD.token);
  RETURN NULL;
END
$$

-- next statement

CREATE TRIGGER job_leases_close_prompts AFTER DELETE ON job_leases
  FOR EACH ROW WHEN (OLD.asked) EXECUTE FUNCTION job_leases_close_prompts()

-- next statement

-- What can be answered now: nobody has, there is time left, and the worker that would get the answer lives.
CREATE VIEW open_prompts AS
SELECT p.* FROM job_prompts p JOIN job_leases l ON l.id = p.job_id AND l.token = p.lease_token
WHERE p.state = 'open' AND p.deadline > now() AND l.expires_at > now()

-- next statement

-- As in 0005, and: what is asked of people, and what is not asked because too many questions wait.
CREATE OR REPLACE FUNCTION waiting_reasons(jobs uuid[]) RETURNS TABLE (id uuid, reasons jsonb) LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM plan_for_size();
  RETURN QUERY
  WITH loads AS MATERIALIZED (SELECT * FROM lane_loads), reason AS (
    SELECT w.id, held.place, jsonb_strip_nulls(jsonb_build_object(
      'code', CASE
        WHEN held.code = 'scheduled' AND EXISTS (
          SELECT FROM job_prompts p WHERE p.job_id = w.id AND p.attempt = j.attempt AND p.state = 'postponed'
        ) THEN 'prompts_full'
        WHEN held.code = 'scheduled' AND j.retry_count > 0 THEN 'backoff'
        ELSE held.code END,
      'until', CASE WHEN held.code = 'scheduled' THEN to_char(w.run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') END,
      'since', to_char(pause.paused_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'by', pause.paused_by,
      'note', pause.reason,
      'jobs', CASE held.code
        WHEN 'dependency' THEN (
          SELECT jsonb_agg(needed.job_id) FROM (
            SELECT p.job_id FROM job_dependencies d JOIN script_jobs p ON p.id = d.depends_on
            WHERE d.job_id = w.id AND NOT d.met ORDER BY p.id LIMIT 10
          ) needed
        )
        WHEN 'concurrency_key' THEN (
          SELECT jsonb_agg(other.job_id) FROM script_jobs other
          WHERE other.id = coalesce(
            (SELECT l.id FROM job_leases l
             WHERE l.organisation_id = w.organisation_id AND l.concurrency_key = w.concurrency_key),
            (SELECT q.id FROM job_queue q
             WHERE q.organisation_id = w.organisation_id AND q.concurrency_key = w.concurrency_key
               AND q.state = 'ready' LIMIT 1)
          )
        ) END
    )) AS reason
    FROM job_waiting w JOIN script_jobs j ON j.id = w.id
      CROSS JOIN unnest(w.held_by) WITH ORDINALITY AS held (code, place)
      LEFT JOIN pauses pause ON (held.code = 'paused_lane' AND pause.kind = 'lane' AND pause.name = w.lane)
        OR (held.code = 'paused_type' AND pause.kind = 'type' AND pause.name = w.job_type)
    WHERE w.id = ANY (jobs)
    UNION ALL
    -- Only workers that can run it count: what others have free or draining is no news of this job.
    SELECT q.id, 100, CASE
      WHEN able.claiming > 0 AND load.running >= load.capacity
        THEN jsonb_build_object('code', 'pool_full', 'limit', load.capacity)
      -- It may have killed a worker, and such jobs run one at a time.
      WHEN able.claiming > 0 AND q.suspect AND EXISTS (
        SELECT FROM job_leases l JOIN script_jobs other ON other.id = l.id WHERE other.crash_count > 0
      ) THEN '{"code": "pool_full", "limit": 1}'
      WHEN able.claiming > 0 THEN NULL
      WHEN able.draining > 0 THEN '{"code": "draining"}'
      ELSE '{"code": "no_worker"}'
      END
    FROM job_queue q LEFT JOIN loads load ON load.lane = q.lane CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE NOT k.draining) AS claiming, count(*) FILTER (WHERE k.draining) AS draining
      FROM workers k
      WHERE k.seen_at > now() - interval '15 seconds' AND (k.lanes->>q.lane)::integer > 0 AND q.job_type = ANY (k.types)
    ) able
    WHERE q.id = ANY (jobs)
    UNION ALL
    SELECT o.job_id, 0, jsonb_build_object(
      'code', 'needs_input',
      'since', to_char(o.asked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'until', to_char(o.deadline AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    )
    FROM open_prompts o WHERE o.job_id = ANY (jobs)
    UNION ALL
    SELECT l.id, 0, '{"code": "lease_lost"}' FROM job_leases l WHERE l.id = ANY (jobs) AND l.expires_at < now()
  )
  SELECT r.id, jsonb_agg(r.reason ORDER BY r.place) FROM reason r WHERE r.reason IS NOT NULL GROUP BY r.id;
END
$$

-- next statement

SELECT callboard_keep_private('job_prompts', 'open_prompts', 'job_leases_close_prompts')

-- next statement

CREATE POLICY members_see_prompts ON job_prompts FOR SELECT
  USING (EXISTS (SELECT FROM script_jobs j WHERE j.id = job_prompts.job_id))

-- next statement

-- Members see what was asked and who answered. Answers, sealed as they are, are for the engine alone.
CREATE FUNCTION callboard_let_in_to_prompts(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT SELECT (id, job_id, attempt, step, kind, label, hint, choices, times_asked, state, asked_at,
    deadline, answered_at, answered_by, closed_at) ON job_prompts TO %I', member);
END
$$

-- next statement

ALTER FUNCTION callboard_let_in(text) RENAME TO callboard_let_in_but_to_prompts

-- next statement

-- What a role gets that is made later stays one call.
CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM callboard_let_in_but_to_prompts(member);
  PERFORM callboard_let_in_to_prompts(member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'callboard_let_in_to_prompts')

-- next statement

DO $$
DECLARE
  member text;
BEGIN
  FOREACH member IN ARRAY ARRAY['callboard_member', 'authenticated'] LOOP
    IF to_regrole(member) IS NOT NULL THEN PERFORM callboard_let_in_to_prompts(member); END IF;
  END LOOP;
END
$$
