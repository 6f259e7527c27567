-- What a job needs stays written down when that job is removed, so that a retry does not run without it; the rest are ends
-- that were recorded late, slowly or in part.

-- The row of a job that is removed stays with whether it was met, until the job that needs it goes. Rows that went before this
-- do not come back, and count as met, as they did: most were those of completed jobs that retention removed.
ALTER TABLE job_dependencies DROP CONSTRAINT job_dependencies_depends_on_fkey

-- next statement

-- As in 0006, and what the constraint did when a row comes: the job that is needed is there, and stays until the end of the
-- transaction. The lock makes who removes it wait for us, or us for him.
CREATE OR REPLACE FUNCTION job_dependencies_stay_inside() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  violated CONSTANT text := 'job_dependencies_depends_on_fkey';
  stranger uuid;
BEGIN
  PERFORM FROM script_jobs p WHERE p.id = ANY (ARRAY(SELECT a.depends_on FROM added a)) ORDER BY p.id FOR KEY SHARE;
  SELECT a.depends_on INTO stranger FROM added a JOIN script_jobs j ON j.id = a.job_id
    LEFT JOIN script_jobs p ON p.id = a.depends_on
  WHERE p.organisation_id IS DISTINCT FROM j.organisation_id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'insert or update on table "job_dependencies" violates foreign key constraint "%"', violated
      USING ERRCODE = 'foreign_key_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = violated,
        DETAIL = format('Key (depends_on)=(%s) is not present in table "script_jobs".', stranger);
  END IF;
  RETURN NULL;
END
$$

-- next statement

-- As in 0003, and a job that was removed did not complete. `OFFSET 0` has dependents looked up job by job: where many need one
-- job, the planner takes each for such a one and read all dependencies for each of them, which took half a minute for 20,000.
CREATE OR REPLACE FUNCTION fail_dependents(ended uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  jobs uuid[];
  causes uuid[];
BEGIN
  WITH RECURSIVE doomed AS (
    SELECT d.job_id, d.depends_on FROM job_dependencies d
    JOIN script_jobs j ON j.id = d.job_id LEFT JOIN script_jobs p ON p.id = d.depends_on
    WHERE d.depends_on = ANY (ended) AND NOT d.met AND (p.id IS NULL OR p.status IN ('failed', 'cancelled'))
      AND j.status = 'pending' AND j.on_dependency_failure = 'fail'
    UNION
    SELECT d.job_id, d.depends_on FROM doomed CROSS JOIN LATERAL (
      SELECT n.job_id, n.depends_on FROM job_dependencies n WHERE n.depends_on = doomed.job_id AND NOT n.met OFFSET 0
    ) d JOIN script_jobs j ON j.id = d.job_id
    WHERE j.status = 'pending' AND j.on_dependency_failure = 'fail'
  )
  SELECT array_agg(first.job_id), array_agg(first.depends_on) INTO jobs, causes
  FROM (SELECT DISTINCT ON (job_id) job_id, depends_on FROM doomed ORDER BY job_id, depends_on) first;
  IF jobs IS NULL THEN RETURN; END IF;
  -- In one order everywhere: two jobs that fail at the same moment may have the same dependents.
  PERFORM FROM script_jobs j WHERE j.id = ANY (jobs) ORDER BY j.id FOR NO KEY UPDATE;
  UPDATE script_jobs j SET
    status = 'failed', error_code = 'DEPENDENCY_FAILED', error_retryable = false, error_step = NULL,
    error_message = CASE WHEN p.id IS NULL THEN 'A job that it needs was removed before it had completed.'
      ELSE 'The job ' || p.job_id || ', which it needs, did not complete.' END,
    error_hint = CASE WHEN p.id IS NULL THEN 'Start both jobs anew: without the other, this one never runs.'
      ELSE 'Retry that job first, then this one.' END
  FROM unnest(jobs, causes) AS first (job_id, depends_on) LEFT JOIN script_jobs p ON p.id = first.depends_on
  WHERE j.id = first.job_id AND j.status = 'pending';
END
$$

-- next statement

-- As in 0003. What was removed has ended, and did not complete.
CREATE OR REPLACE FUNCTION check_dependencies(jobs uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  needed uuid[];
BEGIN
  SELECT array_agg(DISTINCT d.depends_on) INTO needed FROM job_dependencies d WHERE d.job_id = ANY (jobs) AND NOT d.met;
  IF needed IS NULL THEN RETURN; END IF;
  PERFORM FROM script_jobs p WHERE p.id = ANY (needed) ORDER BY p.id FOR SHARE;
  UPDATE job_dependencies d SET met = true
  FROM script_jobs j
  WHERE d.job_id = ANY (jobs) AND NOT d.met AND j.id = d.job_id AND CASE j.on_dependency_failure
    WHEN 'run' THEN NOT EXISTS (
      SELECT FROM script_jobs p WHERE p.id = d.depends_on AND p.status IN ('pending', 'in_progress')
    )
    ELSE EXISTS (SELECT FROM script_jobs p WHERE p.id = d.depends_on AND p.status = 'completed')
  END;
  PERFORM fail_dependents(needed);
END
$$

-- next statement

-- As in 0007, but for how it finds who needs a job that was deleted by hand before its end.
CREATE OR REPLACE FUNCTION script_jobs_after_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  gone uuid[];
  organisations text[];
  keys text[];
  lost uuid[];
  woken uuid[] := '{}';
  news jsonb;
BEGIN
  PERFORM set_config('callboard.followed', 'no', true), plan_for_size();
  SELECT array_agg(r.id), array_agg(r.organisation_id) FILTER (WHERE r.concurrency_key IS NOT NULL),
    array_agg(r.concurrency_key) FILTER (WHERE r.concurrency_key IS NOT NULL)
  INTO gone, organisations, keys
  FROM removed r WHERE r.status IN ('pending', 'in_progress');
  IF gone IS NULL THEN RETURN NULL; END IF;
  -- As in script_jobs_after_update: what a claim has in hand is left to it.
  DELETE FROM job_queue WHERE id = ANY (ARRAY(
    SELECT q.id FROM job_queue q WHERE q.id = ANY (gone) FOR UPDATE SKIP LOCKED
  ));
  DELETE FROM job_leases WHERE id = ANY (gone);
  SELECT array_agg(DISTINCT d.job_id) INTO lost FROM job_dependencies d WHERE d.depends_on = ANY (gone) AND NOT d.met;
  IF lost IS NOT NULL THEN woken := lost || queue_jobs(lost); END IF;
  IF keys IS NOT NULL THEN woken := woken || choose_heads(organisations, keys); END IF;
  SELECT jsonb_agg(jsonb_build_array(lane, due)) INTO news FROM (
    SELECT q.lane, ceil(extract(epoch FROM min(q.run_at) - now()) * 1000) AS due
    FROM job_queue q WHERE q.id = ANY (woken) GROUP BY q.lane
  ) per_lane;
  IF news IS NOT NULL THEN PERFORM notify_of_jobs(NULL, news, NULL); END IF;
  RETURN NULL;
END
$$

-- next statement

-- A function that is replaced loses this setting. Why it says pg_temp: see 0006.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION script_jobs_after_delete() SET search_path = %I, pg_temp', current_schema());
END
$$

-- next statement

-- As in 0007, but steps that began while an end waited for the row of their job are closed too: only a statement that begins
-- after the wait sees them. Jobs without steps are not looked for.
CREATE OR REPLACE FUNCTION settle_jobs(completed json, others json) RETURNS SETOF uuid LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  ended uuid[];
  tokens uuid[];
  stepped uuid[];
  organisations text[];
  keys text[];
  lanes jsonb;
  suspicious boolean;
  news jsonb := '[]';
BEGIN
  PERFORM plan_for_size();
  -- In one order everywhere: whoever needs several of these jobs takes their rows by id.
  IF json_array_length(completed) > 0 AND json_array_length(others) > 0 THEN
    PERFORM FROM script_jobs j WHERE j.id IN (
      SELECT g.id FROM json_to_recordset(completed) AS g (id uuid)
      UNION ALL SELECT g.id FROM json_to_recordset(others) AS g (id uuid)
    ) ORDER BY j.id FOR NO KEY UPDATE;
  END IF;
  PERFORM set_config('callboard.followed', 'yes', true);
  WITH settled AS (
    UPDATE script_jobs j SET
      status = 'completed', result = g.result, error_code = NULL, error_message = NULL, error_retryable = NULL,
      error_step = NULL, error_hint = NULL, progress_percent = 100, completed_at = now(), timeout_at = NULL,
      lease_token = NULL, lease_expires_at = NULL, next_retry_at = NULL, updated_at = now(), revision = j.revision + 1
    FROM json_to_recordset(completed) AS g (id uuid, token uuid, result jsonb)
    WHERE j.id = g.id AND j.lease_token = g.token
    RETURNING j.id, g.token, j.lane, j.organisation_id, j.concurrency_key, j.total_steps, j.crash_count
  )
  SELECT array_agg(s.id), array_agg(s.token), array_agg(s.id) FILTER (WHERE s.total_steps > 0),
    array_agg(s.organisation_id) FILTER (WHERE s.concurrency_key IS NOT NULL),
    array_agg(s.concurrency_key) FILTER (WHERE s.concurrency_key IS NOT NULL),
    jsonb_agg(DISTINCT jsonb_build_array(s.lane, NULL)), bool_or(s.crash_count > 0)
  INTO ended, tokens, stepped, organisations, keys, lanes, suspicious FROM settled s;
  PERFORM set_config('callboard.followed', 'no', true);

  IF ended IS NOT NULL THEN
    DELETE FROM job_leases l WHERE l.id = ANY (ended);
    IF stepped IS NOT NULL THEN
      UPDATE job_steps s SET ended_at = now(), outcome = 'stopped'
      FROM script_jobs j
      WHERE j.id = ANY (stepped) AND s.job_id = j.id AND s.attempt = j.attempt AND s.ended_at IS NULL;
    END IF;
    IF cardinality(ended) <= 20 THEN
      SELECT jsonb_agg(jsonb_build_array(j.id, j.revision, j.lane, NULL)) INTO news
      FROM script_jobs j WHERE j.id = ANY (ended);
    END IF;
    PERFORM tell_of_changes(cardinality(ended), news, lanes, follow_ends(ended, organisations, keys), NULL);
    IF suspicious THEN PERFORM tell_suspects(); END IF;
    RETURN QUERY SELECT unnest(tokens);
  END IF;

  IF json_array_length(others) = 0 THEN RETURN; END IF;
  WITH given AS (
    SELECT * FROM json_to_recordset(others) AS g (
      id uuid, token uuid, status text, outcome text, code text, message text, retryable boolean, step text, hint text,
      delay_seconds float8
    )
  ), settled AS (
    UPDATE script_jobs j SET
      status = CASE WHEN g.status = 'pending' AND j.cancel_requested_at IS NOT NULL THEN 'cancelled' ELSE g.status END,
      result = NULL,
      error_code = g.code, error_message = g.message, error_retryable = g.retryable, error_step = g.step,
      error_hint = g.hint,
      retry_count = j.retry_count
        + CASE WHEN g.delay_seconds IS NULL OR j.cancel_requested_at IS NOT NULL THEN 0 ELSE 1 END,
      run_at = CASE WHEN g.delay_seconds IS NULL THEN j.run_at
        ELSE now() + g.delay_seconds * interval '1 second' END,
      next_retry_at = now() + g.delay_seconds * interval '1 second'
    FROM given g WHERE j.id = g.id AND j.lease_token = g.token
    RETURNING j.id, g.token, j.attempt, g.status, j.started_at, j.lease_owner, g.outcome, g.code, g.message,
      g.retryable, g.step, g.hint, j.total_steps
  ), kept AS (
    -- Also when the job was cancelled instead: its row would not say that the attempt failed, or how.
    INSERT INTO job_attempts (
      job_id, attempt, worker, started_at, ended_at, outcome, error_code, error_message, error_retryable, error_step,
      error_hint
    )
    SELECT s.id, s.attempt, s.lease_owner, s.started_at, now(), s.outcome, s.code, s.message, s.retryable, s.step, s.hint
    FROM settled s WHERE s.status = 'pending'
  )
  SELECT array_agg(s.token), array_agg(s.id) FILTER (WHERE s.total_steps > 0) INTO tokens, stepped FROM settled s;
  IF stepped IS NOT NULL THEN
    UPDATE job_steps s SET ended_at = now(), outcome = 'stopped'
    FROM script_jobs j
    WHERE j.id = ANY (stepped) AND s.job_id = j.id AND s.attempt = j.attempt AND s.ended_at IS NULL;
  END IF;
  RETURN QUERY SELECT unnest(tokens);
END
$$

-- next statement

-- A key of a batch stands for the batch, not for its first job, with which it went.
ALTER TABLE idempotency_keys DROP CONSTRAINT stands_for_one_thing

-- next statement

UPDATE idempotency_keys SET job_id = NULL WHERE batch_id IS NOT NULL

-- next statement

ALTER TABLE idempotency_keys
  ADD CONSTRAINT stands_for_one_thing CHECK (num_nonnulls(job_id, batch_id, schedule_id) = 1) NOT VALID

-- next statement

-- As in 0012. The key of a batch is good as long as a job of it is left.
CREATE OR REPLACE FUNCTION find_key(organisation text, of_key text, hash bytea)
RETURNS TABLE (job_id uuid, batch_id uuid, same boolean) LANGUAGE sql STABLE AS $$
  SELECT coalesce(k.job_id, b.id), k.batch_id, k.request_hash = hash
  FROM idempotency_keys k LEFT JOIN LATERAL (
    SELECT j.id FROM script_jobs j WHERE j.batch_id = k.batch_id AND j.organisation_id = organisation ORDER BY j.id LIMIT 1
  ) b ON k.batch_id IS NOT NULL
  WHERE k.organisation_id = organisation AND k.key = of_key AND k.created_at > now() - interval '24 hours'
    AND (k.batch_id IS NULL OR b.id IS NOT NULL)
$$

-- next statement

-- As in 0020.
CREATE OR REPLACE FUNCTION keep_key(organisation text, of_key text, hash bytea, job uuid, batch uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO idempotency_keys AS k (organisation_id, key, request_hash, job_id, batch_id)
  VALUES (organisation, of_key, hash, CASE WHEN batch IS NULL THEN job END, batch)
  ON CONFLICT (organisation_id, key) DO UPDATE SET
    request_hash = excluded.request_hash, job_id = excluded.job_id, batch_id = excluded.batch_id, schedule_id = NULL,
    created_at = now()
  WHERE k.created_at <= now() - interval '24 hours'
    OR (k.batch_id IS NOT NULL AND NOT EXISTS (SELECT FROM script_jobs j WHERE j.batch_id = k.batch_id));
  RETURN FOUND;
END
$$
