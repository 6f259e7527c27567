-- As in 0007, but no row of the queue, and no question that was put off, outlasts its job.
CREATE OR REPLACE FUNCTION script_jobs_after_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  total integer;
  no_longer_pending uuid[];
  no_longer_running uuid[];
  queued uuid[];
  ended uuid[];
  restarted boolean;
  suspicious boolean;
  organisations text[];
  keys text[];
  woken uuid[] := '{}';
  jobs jsonb := '[]';
  lanes jsonb := '[]';
  cancelled jsonb;
BEGIN
  PERFORM set_config('callboard.followed', 'no', true), plan_for_size();
  -- The plan is made for a few rows and kept; with hundreds of rows, a nested loop over both tables would take 100 ms.
  PERFORM set_config('enable_nestloop', 'off', true), set_config('enable_hashjoin', 'on', true);
  SELECT
    count(*) FILTER (WHERE n.revision <> o.revision),
    array_agg(n.id) FILTER (WHERE o.status = 'pending' AND n.status <> 'pending'),
    array_agg(n.id) FILTER (WHERE o.status = 'in_progress' AND n.status <> 'in_progress'),
    array_agg(n.id) FILTER (
      WHERE n.status = 'pending' AND (o.status <> 'pending' OR n.run_at <> o.run_at OR n.priority <> o.priority
        OR n.expires_at <> o.expires_at OR n.lane <> o.lane OR n.concurrency_key IS DISTINCT FROM o.concurrency_key)
    ),
    array_agg(n.id) FILTER (
      WHERE n.status IN ('completed', 'failed', 'cancelled') AND o.status IN ('pending', 'in_progress')
    ),
    coalesce(bool_or(o.status IN ('failed', 'cancelled') AND n.status = 'pending'), false),
    coalesce(bool_or(o.crash_count > 0 AND o.status = 'in_progress' AND n.status <> o.status), false),
    array_agg(o.organisation_id) FILTER (WHERE o.concurrency_key IS NOT NULL AND n.status <> o.status),
    array_agg(o.concurrency_key) FILTER (WHERE o.concurrency_key IS NOT NULL AND n.status <> o.status),
    jsonb_agg(n.id) FILTER (
      WHERE n.status = 'in_progress' AND n.cancel_requested_at IS NOT NULL AND o.cancel_requested_at IS NULL
    )
  INTO total, no_longer_pending, no_longer_running, queued, ended, restarted, suspicious, organisations, keys, cancelled
  FROM after_rows n JOIN before_rows o ON o.id = n.id;

  -- What the last attempt of a job was would be overwritten when the job starts again after its end.
  IF restarted THEN
    INSERT INTO job_attempts (
      job_id, attempt, worker, started_at, ended_at, outcome, error_code, error_message, error_retryable, error_step,
      error_hint
    )
    SELECT o.id, o.attempt, o.lease_owner, o.started_at, o.completed_at, o.status, o.error_code, o.error_message,
      o.error_retryable, o.error_step, o.error_hint
    FROM after_rows n JOIN before_rows o ON o.id = n.id
    WHERE o.status IN ('failed', 'cancelled') AND n.status = 'pending' AND o.attempt > 0 AND o.lease_owner IS NOT NULL
    ON CONFLICT DO NOTHING;
  END IF;
  IF total BETWEEN 1 AND 20 THEN
    SELECT jsonb_agg(jsonb_build_array(n.id, n.revision, n.lane,
      CASE WHEN n.status = 'pending' THEN ceil(extract(epoch FROM n.run_at - now()) * 1000) END)) INTO jobs
    FROM after_rows n JOIN before_rows o ON o.id = n.id WHERE n.revision <> o.revision;
  END IF;
  SELECT coalesce(jsonb_agg(jsonb_build_array(lane, due)), '[]') INTO lanes FROM (
    SELECT n.lane, ceil(extract(epoch FROM min(n.run_at) FILTER (WHERE n.status = 'pending') - now()) * 1000) AS due
    FROM after_rows n GROUP BY n.lane
  ) per_lane;
  PERFORM set_config('enable_nestloop', 'on', true), set_config('enable_hashjoin', 'off', true);

  IF no_longer_pending IS NOT NULL THEN
    -- All of them before the first is removed, and in one order: whoever frees jobs, or gives them their turn, takes their rows
    -- so, and may have some of these in hand. They would be left for good, because nobody looks at the job of a row that cannot
    -- be claimed.
    PERFORM FROM job_queue q WHERE q.id = ANY (no_longer_pending) AND q.state IN ('blocked', 'scheduled', 'behind')
    ORDER BY q.id FOR UPDATE;
    -- A row that a claim has in hand is left to that claim, which looks at the job's status before it takes it.
    DELETE FROM job_queue WHERE id = ANY (ARRAY(
      SELECT q.id FROM job_queue q WHERE q.id = ANY (no_longer_pending) FOR UPDATE SKIP LOCKED
    ));
    -- What the last attempt put off asking is asked by nobody now. Mostly nothing is put off, and one look says so.
    IF EXISTS (SELECT FROM job_prompts p WHERE p.state = 'postponed' AND p.closed_at IS NULL) THEN
      UPDATE job_prompts p SET closed_at = now()
      WHERE p.job_id = ANY (no_longer_pending) AND p.state = 'postponed' AND p.closed_at IS NULL;
    END IF;
  END IF;
  IF no_longer_running IS NOT NULL THEN
    DELETE FROM job_leases WHERE id = ANY (no_longer_running);
  END IF;
  IF queued IS NOT NULL THEN woken := queue_jobs(queued); END IF;
  woken := woken || follow_ends(ended, organisations, keys);
  PERFORM tell_of_changes(total, jobs, lanes, woken, cancelled);
  IF suspicious THEN PERFORM tell_suspects(); END IF;
  RETURN NULL;
END
$$

-- next statement

-- A function that is replaced loses this setting. Why it says pg_temp: see 0006.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION script_jobs_after_update() SET search_path = %I, pg_temp', current_schema());
END
$$

-- next statement

-- As in 0007. A job that is due waits no longer for a place for its question: whether it asks again is its next attempt's
-- business.
CREATE OR REPLACE FUNCTION start_due_jobs(of_lane text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  started uuid[];
  organisations text[];
  keys text[];
BEGIN
  WITH due AS (
    UPDATE job_queue q SET state = CASE WHEN q.concurrency_key IS NULL THEN 'ready' ELSE 'behind' END
    WHERE q.id = ANY (ARRAY(
      SELECT s.id FROM job_queue s WHERE s.lane = of_lane AND s.state = 'scheduled' AND s.run_at <= now()
      ORDER BY s.run_at LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))
    RETURNING q.id, q.organisation_id, q.concurrency_key
  )
  SELECT array_agg(id), array_agg(organisation_id) FILTER (WHERE concurrency_key IS NOT NULL),
    array_agg(concurrency_key) FILTER (WHERE concurrency_key IS NOT NULL)
  INTO started, organisations, keys FROM due;
  -- Who frees a place for questions may have one in hand, and closes it. Claiming waits for nobody.
  IF EXISTS (SELECT FROM job_prompts p WHERE p.state = 'postponed' AND p.closed_at IS NULL) THEN
    UPDATE job_prompts SET closed_at = now() WHERE id = ANY (ARRAY(
      SELECT p.id FROM job_prompts p WHERE p.job_id = ANY (started) AND p.state = 'postponed' AND p.closed_at IS NULL
      FOR NO KEY UPDATE SKIP LOCKED
    ));
  END IF;
  IF keys IS NOT NULL THEN PERFORM choose_heads(organisations, keys); END IF;
END
$$

-- next statement

-- As in 0009, but what the ending attempt postponed stays only while the job is not due.
CREATE OR REPLACE FUNCTION job_leases_close_prompts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE job_prompts p SET state = CASE WHEN p.state = 'open' THEN 'closed' ELSE p.state END, answer = NULL, closed_at = now()
  WHERE p.job_id = OLD.id AND p.closed_at IS NULL AND NOT (p.state = 'postponed' AND p.lease_token = OLD.token AND EXISTS (
    SELECT FROM script_jobs j WHERE j.id = OLD.id AND j.status = 'pending' AND j.run_at > now()
  ));
  RETURN NULL;
END
$$

-- next statement

-- Those that were left before this: each place for questions that becomes free looks at all of them.
UPDATE job_prompts p SET closed_at = now() FROM script_jobs j
WHERE p.state = 'postponed' AND p.closed_at IS NULL AND j.id = p.job_id
  AND (j.attempt <> p.attempt OR j.status IN ('completed', 'failed', 'cancelled') OR j.status = 'pending' AND j.run_at <= now())
