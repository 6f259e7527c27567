-- What is read most, in one statement: jobs, why they wait, what they ask, and where their run is. As find_job_as, which stays for
-- processes of the version before.

-- A list of one type is of one organisation; the index by type alone would meet the jobs of all. First, because it takes its
-- time: what follows locks the queue until the end.
CREATE INDEX script_jobs_own_types ON script_jobs (organisation_id, job_type, id)

-- next statement

-- A job's place in its run, from which its time left is told; null where too few jobs of its type ran. The time of a step
-- is without what it waited for people.
CREATE FUNCTION run_point(job script_jobs, fewest integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'wholeMs', e.median_ms,
    'elapsedMs', extract(epoch FROM now() - job.started_at)::float8 * 1000,
    'steps', (
      SELECT jsonb_object_agg(s.step, s.median_ms) FROM job_estimates s
      WHERE s.organisation_id = job.organisation_id AND s.job_type = job.job_type AND s.step <> '' AND s.runs > 0
    ),
    'stepElapsedMs', extract(epoch FROM now() - r.started_at)::float8 * 1000 - coalesce((
      SELECT sum(extract(epoch FROM p.answered_at - p.asked_at) * 1000)::float8 FROM job_prompts p
      WHERE p.job_id = job.id AND p.attempt = job.attempt AND p.step = job.current_step_name
        AND p.answered_at IS NOT NULL
    ), 0)
  )
  FROM job_estimates e
  LEFT JOIN job_steps r ON r.job_id = job.id AND r.attempt = job.attempt AND r.name = job.current_step_name
  WHERE e.organisation_id = job.organisation_id AND e.job_type = job.job_type AND e.step = '' AND e.runs >= fewest
$$

-- next statement

-- A question as callers see it.
CREATE FUNCTION prompt_json(
  id uuid, kind text, label text, hint text, choices text[], step text, attempt integer, times_asked integer,
  asked_at timestamptz, deadline timestamptz
) RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_build_object(
  'id', id, 'kind', kind, 'label', label, 'hint', hint, 'choices', choices, 'step', step, 'attempt', attempt,
  'timesAsked', times_asked, 'askedAt', asked_at, 'deadline', deadline
)

-- next statement

CREATE FUNCTION show_job_as(of_role text, claims text, of_id uuid, of_job_id text, fewest integer) RETURNS TABLE (
  job script_jobs, waiting_reasons jsonb, run_point jsonb, open_prompt jsonb
) LANGUAGE plpgsql AS $$
DECLARE
  known script_jobs;
BEGIN
  PERFORM become_caller(of_role, claims);
  IF of_id IS NULL THEN
    SELECT * INTO known FROM script_jobs j WHERE j.job_id = of_job_id;
  ELSE
    SELECT * INTO known FROM script_jobs j WHERE j.id = of_id;
  END IF;
  IF NOT FOUND THEN RETURN; END IF;
  RETURN QUERY SELECT known, w.reasons,
    -- What waits, or has lost its worker, does not get on; what is being stopped is not waited for.
    CASE WHEN known.status = 'in_progress' AND known.cancel_requested_at IS NULL AND w.reasons IS NULL
      THEN run_point(known, fewest) END,
    CASE WHEN w.reasons @> '[{"code": "needs_input"}]' THEN (
      SELECT prompt_json(o.id, o.kind, o.label, o.hint, o.choices, o.step, o.attempt, o.times_asked, o.asked_at, o.deadline)
      FROM open_prompts_for_callers() o WHERE o.job_id = known.id
    ) END
  FROM (SELECT) one LEFT JOIN LATERAL (
    SELECT each.reasons FROM waiting_reasons_for_callers(ARRAY[known.id]) each
  ) w ON known.status IN ('pending', 'in_progress');
END
$$

-- next statement

SELECT callboard_keep_private('run_point', 'prompt_json', 'show_job_as')

-- next statement

-- What waits is counted by its status without a look at each job: whether it ran before is written here too.
ALTER TABLE job_queue ADD COLUMN retrying boolean NOT NULL DEFAULT false

-- next statement

UPDATE job_queue q SET retrying = true FROM script_jobs j WHERE j.id = q.id AND j.retry_count > 0

-- next statement

-- As in 0007, with `retrying`. What is created is put there elsewhere, and never ran.
CREATE OR REPLACE FUNCTION queue_jobs(jobs uuid[]) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
  organisations text[];
  keys text[];
BEGIN
  PERFORM check_dependencies(jobs);
  WITH queued AS (
    INSERT INTO job_queue AS q (
      id, lane, state, rank, organisation_id, job_type, run_at, expires_at, timeout_ms, concurrency_key, unmet_dependencies,
      suspect, retrying
    )
    SELECT j.id, j.lane,
      CASE
        WHEN needs.unmet > 0 THEN 'blocked'
        WHEN j.run_at > clock_timestamp() THEN 'scheduled'
        WHEN j.concurrency_key IS NOT NULL THEN 'behind'
        ELSE 'ready' END,
      -j.priority, j.organisation_id, j.job_type, j.run_at, j.expires_at, j.timeout_ms, j.concurrency_key, needs.unmet,
      j.crash_count > 0, j.retry_count > 0
    FROM script_jobs j,
      LATERAL (SELECT count(*) AS unmet FROM job_dependencies d WHERE d.job_id = j.id AND NOT d.met) needs
    WHERE j.id = ANY (jobs) AND j.status = 'pending'
    ON CONFLICT (id) DO UPDATE SET lane = excluded.lane, state = excluded.state, rank = excluded.rank,
      organisation_id = excluded.organisation_id, job_type = excluded.job_type, run_at = excluded.run_at,
      expires_at = excluded.expires_at, timeout_ms = excluded.timeout_ms, concurrency_key = excluded.concurrency_key,
      unmet_dependencies = excluded.unmet_dependencies, suspect = excluded.suspect, retrying = excluded.retrying
    RETURNING q.organisation_id, q.concurrency_key
  )
  SELECT array_agg(organisation_id), array_agg(concurrency_key) INTO organisations, keys
  FROM queued WHERE concurrency_key IS NOT NULL;
  RETURN CASE WHEN keys IS NULL THEN '{}' ELSE choose_heads(organisations, keys) END;
END
$$

-- next statement

CREATE FUNCTION callboard_let_in_to_points(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT SELECT (lane, run_at, retrying) ON job_queue TO %I', member);
  EXECUTE format('GRANT EXECUTE ON FUNCTION run_point, prompt_json TO %I', member);
END
$$

-- next statement

ALTER FUNCTION callboard_let_in(text) RENAME TO callboard_let_in_but_to_points

-- next statement

CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM callboard_let_in_but_to_points(member);
  PERFORM callboard_let_in_to_points(member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'callboard_let_in_to_points')

-- next statement

DO $$
DECLARE
  member text;
BEGIN
  FOREACH member IN ARRAY ARRAY['callboard_member', 'authenticated'] LOOP
    IF to_regrole(member) IS NOT NULL THEN PERFORM callboard_let_in_to_points(member); END IF;
  END LOOP;
END
$$
