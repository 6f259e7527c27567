-- What people and programs may do, so that every call of theirs can run as `callboard_member`, or as `authenticated`
-- through PostgREST. Reads and simple writes are policies. What touches tables that members must not have is a function
-- that runs as the owner: it says itself, first of all, for which organisation, and refuses who may not.
-- What belongs to another organisation is answered like what does not exist, before anybody is refused.

-- viewer: reads; member: also creates jobs and cancels their own pending ones; operator: also cancels, retries, answers
-- and removes jobs of others; admin: also has schedules; service: a backend that acts for any organisation it names.
CREATE OR REPLACE FUNCTION callboard_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
  WHEN coalesce(callboard_claims() #>> '{app_metadata,role}', callboard_claims() ->> 'role', 'member')
    IN ('member', 'authenticated', 'callboard_member') THEN 'member'
  WHEN coalesce(callboard_claims() #>> '{app_metadata,role}', callboard_claims() ->> 'role')
    IN ('operator', 'admin', 'service')
    THEN coalesce(callboard_claims() #>> '{app_metadata,role}', callboard_claims() ->> 'role')
  ELSE 'viewer'
END

-- next statement

-- The twin of `may` in src/domain/Caller.ts. `rule` is about what all organisations share, such as lanes: the default
-- organisation is that of whoever runs the server, and an admin of another one must not stop everybody's jobs.
CREATE FUNCTION callboard_may(permission text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN callboard_organisation() IS NOT NULL AND CASE permission
  WHEN 'read' THEN true
  WHEN 'create' THEN callboard_role() IN ('member', 'operator', 'admin', 'service')
  WHEN 'operate' THEN callboard_role() IN ('operator', 'admin', 'service')
  WHEN 'administer' THEN callboard_role() IN ('admin', 'service')
  WHEN 'rule' THEN callboard_role() = 'service'
    OR (callboard_role() = 'admin' AND callboard_organisation() = 'default')
  ELSE false
END

-- next statement

CREATE FUNCTION callboard_insist(permission text) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NOT callboard_may(permission) THEN
    RAISE insufficient_privilege USING MESSAGE = 'your role does not allow this';
  END IF;
END
$$

-- next statement

-- As people know who asks. `user_metadata` is not read: people can write it themselves.
CREATE FUNCTION callboard_name() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
  nullif(callboard_claims() ->> 'name', ''), nullif(callboard_claims() ->> 'email', ''), callboard_person()
)

-- next statement

-- Job types set their own time limits, and one may be shorter than what callers may ask for. A job that changes many
-- jobs does what operators do, so nobody else gets it done by making that job.
ALTER POLICY members_create_jobs ON script_jobs
  WITH CHECK (
    organisation_id = (SELECT callboard_organisation())
    AND created_by = (SELECT callboard_person())
    AND (SELECT callboard_may('create'))
    AND (job_type <> 'change-many-jobs' OR (SELECT callboard_may('operate')))
    AND status = 'pending' AND attempt = 0
    AND max_retries <= 50
    AND timeout_ms <= 86400000
    AND cardinality(labels) <= 20
    AND id >= (SELECT first_id_at(now() - interval '1 hour')) AND id < (SELECT first_id_at(now() + interval '1 hour'))
  )

-- next statement

ALTER POLICY members_cancel_jobs ON script_jobs
  USING (
    organisation_id = (SELECT callboard_organisation())
    AND CASE
      WHEN (SELECT callboard_may('operate')) THEN status IN ('pending', 'in_progress')
      WHEN (SELECT callboard_may('create')) THEN status = 'pending' AND created_by = (SELECT callboard_person())
    END
  )

-- next statement

CREATE POLICY operators_remove_jobs ON script_jobs FOR DELETE
  USING (
    organisation_id = (SELECT callboard_organisation())
    AND (SELECT callboard_may('operate'))
    AND status IN ('completed', 'failed', 'cancelled')
  )

-- next statement

-- A list of cancelled jobs is of one organisation; the index by id alone would meet those of all.
CREATE INDEX script_jobs_cancellations ON script_jobs (organisation_id, id) WHERE cancelled_at IS NOT NULL

-- next statement

-- Lists of what waits and of what runs start from these. Members get the ids, and nothing of tokens and places.
CREATE POLICY members_see_queue ON job_queue FOR SELECT
  USING (organisation_id = (SELECT callboard_organisation()))

-- next statement

CREATE POLICY members_see_leases ON job_leases FOR SELECT
  USING (organisation_id = (SELECT callboard_organisation()))

-- next statement

CREATE POLICY members_see_pauses ON pauses FOR SELECT
  USING ((SELECT callboard_may('read')))

-- next statement

CREATE POLICY admins_create_schedules ON job_schedules FOR INSERT
  WITH CHECK (
    organisation_id = (SELECT callboard_organisation())
    AND created_by = (SELECT callboard_person())
    AND (SELECT callboard_may('administer'))
  )

-- next statement

CREATE POLICY admins_change_schedules ON job_schedules FOR UPDATE
  USING (organisation_id = (SELECT callboard_organisation()) AND (SELECT callboard_may('administer')))
  WITH CHECK (organisation_id = (SELECT callboard_organisation()))

-- next statement

CREATE POLICY admins_remove_schedules ON job_schedules FOR DELETE
  USING (organisation_id = (SELECT callboard_organisation()) AND (SELECT callboard_may('administer')))

-- next statement

-- As in 0007, and: each row says for which organisation it is. Members call it too, and the policy judges each row.
CREATE OR REPLACE FUNCTION insert_jobs(jobs json, expiry interval, OUT written uuid[], OUT renamed json)
LANGUAGE plpgsql AS $$
DECLARE
  broken text;
BEGIN
  FOR try IN 1..5 LOOP
    BEGIN
      WITH inserted AS (
        INSERT INTO script_jobs AS j (
          id, job_id, job_type, lane, priority, input_payload, total_steps, max_retries, timeout_ms, run_at, expires_at,
          organisation_id, restaurant_id, created_by, client_ref, concurrency_key, dedupe_key, depends_on,
          on_dependency_failure, batch_id, labels
        )
        SELECT n.id, n.job_id, n.job_type, n.lane, coalesce(n.priority, 0), n.input, n.total_steps, n.max_retries,
          n.timeout_ms, coalesce(n.run_at, now()), coalesce(n.expires_at, greatest(n.run_at, now()) + expiry),
          coalesce(n.organisation_id, 'default'), n.restaurant_id, n.created_by, n.client_ref, n.concurrency_key,
          n.dedupe_key, coalesce(n.depends_on, '{}'), coalesce(n.on_dependency_failure, 'fail'), n.batch_id,
          coalesce(n.labels, '{}')
        FROM json_to_recordset(jobs) AS n (
          id uuid, job_id text, job_type text, lane text, priority smallint, input jsonb, total_steps integer,
          max_retries integer, timeout_ms integer, run_at timestamptz, expires_at timestamptz, organisation_id text,
          restaurant_id text, created_by text, client_ref text, concurrency_key text, dedupe_key text,
          depends_on uuid[], on_dependency_failure text, batch_id uuid, labels text[]
        )
        -- Two calls with the same keys would otherwise wait for each other.
        ORDER BY n.organisation_id, n.dedupe_key, n.id
        ON CONFLICT (organisation_id, dedupe_key) WHERE dedupe_key IS NOT NULL AND dedupe_open DO NOTHING
        RETURNING j.id
      )
      SELECT coalesce(array_agg(i.id), '{}') INTO written FROM inserted i;
      RETURN;
    EXCEPTION WHEN unique_violation THEN
      GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
      IF broken <> 'script_jobs_job_id_key' OR try = 5 THEN RAISE; END IF;
      SELECT json_agg(other.job), json_object_agg(other.job->>'id', other.job->>'job_id') INTO jobs, renamed FROM (
        SELECT job::jsonb || jsonb_build_object(
          'job_id', left(job->>'job_id', 20) || left(replace(gen_random_uuid()::text, '-', ''), 8)
        ) AS job
        FROM json_array_elements(jobs) job
      ) other;
    END;
  END LOOP;
END
$$

-- next statement

-- Why jobs wait depends on all organisations: who has the places, who holds the lane. Only the caller's own jobs are
-- explained.
CREATE FUNCTION waiting_reasons_for_callers(jobs uuid[]) RETURNS TABLE (id uuid, reasons jsonb) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
  RETURN QUERY SELECT w.id, w.reasons FROM waiting_reasons(ARRAY(
    SELECT j.id FROM script_jobs j WHERE j.id = ANY (jobs) AND j.organisation_id = callboard_organisation()
  )) w;
END
$$

-- next statement

-- As create_jobs, and the policies hold: this is no function of the owner.
CREATE FUNCTION create_jobs_for_callers(jobs json, expiry interval) RETURNS TABLE (
  id uuid, job_id text, status text, organisation_id text, created_at timestamptz, updated_at timestamptz,
  run_at timestamptz, expires_at timestamptz, revision integer, reasons jsonb
) LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  ids uuid[];
BEGIN
  PERFORM plan_for_size();
  SELECT i.written INTO ids FROM insert_jobs(jobs, expiry) i;
  RETURN QUERY
  SELECT j.id, j.job_id::text, j.status, j.organisation_id, j.created_at, j.updated_at, j.run_at, j.expires_at,
    j.revision, w.reasons
  FROM script_jobs j LEFT JOIN waiting_reasons_for_callers(ids) w ON w.id = j.id
  WHERE j.id = ANY (ids);
END
$$

-- next statement

-- What can be answered now, without answers and tokens.
CREATE FUNCTION open_prompts_for_callers() RETURNS TABLE (
  id uuid, job_id uuid, attempt integer, step text, kind text, label text, hint text, choices text[],
  times_asked integer, state text, asked_at timestamptz, deadline timestamptz, answered_at timestamptz,
  answered_by text, closed_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT o.id, o.job_id, o.attempt, o.step, o.kind, o.label, o.hint, o.choices, o.times_asked, o.state, o.asked_at,
    o.deadline, o.answered_at, o.answered_by, o.closed_at
  FROM open_prompts o JOIN script_jobs j ON j.id = o.job_id
  WHERE j.organisation_id = callboard_organisation()
$$

-- next statement

-- A lane is everybody's: its places and how many of them are taken are those of all. What waits is the caller's own.
CREATE FUNCTION lanes_for_callers() RETURNS TABLE (
  lane text, ready integer, scheduled integer, blocked integer, behind integer, running integer, capacity integer,
  oldest_ready_at timestamptz, paused_at timestamptz, paused_by text, pause_reason text
) LANGUAGE sql STABLE SECURITY DEFINER AS $$
  WITH own AS (
    SELECT q.lane,
      count(*) FILTER (WHERE q.state = 'ready')::integer AS ready,
      count(*) FILTER (WHERE q.state = 'scheduled')::integer AS scheduled,
      count(*) FILTER (WHERE q.state = 'blocked')::integer AS blocked,
      count(*) FILTER (WHERE q.state = 'behind')::integer AS behind,
      min(q.run_at) FILTER (WHERE q.state = 'ready') AS oldest_ready_at
    FROM job_queue q WHERE q.organisation_id = callboard_organisation() GROUP BY q.lane
  ), running AS (
    SELECT l.lane, count(*)::integer AS jobs FROM job_leases l GROUP BY l.lane
  ), load AS (
    SELECT l.lane, l.capacity FROM lane_loads l
  )
  SELECT name.lane, coalesce(own.ready, 0), coalesce(own.scheduled, 0), coalesce(own.blocked, 0),
    coalesce(own.behind, 0), coalesce(running.jobs, 0), coalesce(load.capacity, 0), own.oldest_ready_at,
    pause.paused_at, pause.paused_by, pause.reason
  FROM (
    SELECT load.lane FROM load UNION SELECT own.lane FROM own UNION SELECT running.lane FROM running
    UNION SELECT p.name FROM pauses p WHERE p.kind = 'lane'
  ) name (lane)
  LEFT JOIN own ON own.lane = name.lane
  LEFT JOIN running ON running.lane = name.lane
  LEFT JOIN load ON load.lane = name.lane
  LEFT JOIN pauses pause ON pause.kind = 'lane' AND pause.name = name.lane
  WHERE callboard_may('read')
$$

-- next statement

CREATE FUNCTION pause_work(of_kind text, of_name text, why text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM callboard_insist('rule');
  INSERT INTO pauses (kind, name, paused_by, reason) VALUES (of_kind, of_name, callboard_name(), why)
  ON CONFLICT (kind, name) DO UPDATE SET paused_by = excluded.paused_by, reason = excluded.reason;
END
$$

-- next statement

-- Wakes the workers of the lane, which heard nothing of its jobs while it was paused.
CREATE FUNCTION resume_work(of_kind text, of_name text, of_lane text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM callboard_insist('rule');
  DELETE FROM pauses WHERE kind = of_kind AND name = of_name;
  IF FOUND THEN
    PERFORM notify_of_jobs(NULL, jsonb_build_array(jsonb_build_array(of_lane, 0)), NULL);
  END IF;
END
$$

-- next statement

-- Makes a failed or cancelled job pending again; gives nothing when it is neither. `forget` names the steps whose outputs
-- are forgotten, null forgets all; without `forgetting` none. Absent values stay as they are.
CREATE FUNCTION start_job_again(
  job uuid, forgetting boolean, forget text[], new_input jsonb, new_restaurant text, new_key text, expiry interval
) RETURNS SETOF script_jobs LANGUAGE sql AS $$
  WITH chosen AS (
    SELECT c.id FROM script_jobs c WHERE c.id = job AND c.status IN ('failed', 'cancelled') FOR UPDATE
  ), forgotten AS (
    DELETE FROM job_checkpoints k USING chosen
    WHERE k.job_id = chosen.id AND forgetting AND (forget IS NULL OR k.name = ANY (forget))
  )
  UPDATE script_jobs j SET
    status = 'pending', retry_count = 0, crash_count = 0, run_at = now(), next_retry_at = NULL,
    cancel_requested_at = NULL, expires_at = now() + expiry,
    error_code = NULL, error_message = NULL, error_retryable = NULL, error_step = NULL, error_hint = NULL,
    progress_message = NULL,
    restaurant_id = coalesce(new_restaurant, j.restaurant_id),
    concurrency_key = coalesce(new_key, j.concurrency_key),
    input_payload = coalesce(new_input, j.input_payload),
    progress_percent = CASE WHEN forgetting THEN 0 ELSE j.progress_percent END,
    current_step = CASE WHEN forgetting THEN NULL ELSE j.current_step END,
    current_step_name = CASE WHEN forgetting THEN NULL ELSE j.current_step_name END
  FROM chosen WHERE j.id = chosen.id
  RETURNING j.*
$$

-- next statement

CREATE FUNCTION retry_job(
  job uuid, forgetting boolean, forget text[], new_input jsonb, new_restaurant text, new_key text, expiry interval
) RETURNS SETOF script_jobs LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM script_jobs j WHERE j.id = job AND j.organisation_id = callboard_organisation()
  ) THEN RETURN; END IF;
  PERFORM callboard_insist('operate');
  RETURN QUERY SELECT * FROM start_job_again(job, forgetting, forget, new_input, new_restaurant, new_key, expiry);
END
$$

-- next statement

-- A question, and whether the worker that would get the answer renews its lease.
CREATE FUNCTION find_prompt(job uuid, prompt uuid) RETURNS TABLE (
  id uuid, kind text, label text, hint text, choices text[], step text, attempt integer, times_asked integer,
  state text, asked_at timestamptz, deadline timestamptz, answered_at timestamptz, answered_by text,
  closed_at timestamptz, job_id uuid, readable_id text, attended boolean, now timestamptz
) LANGUAGE sql STABLE AS $$
  SELECT p.id, p.kind, p.label, p.hint, p.choices, p.step, p.attempt, p.times_asked, p.state, p.asked_at, p.deadline,
    p.answered_at, p.answered_by, p.closed_at, j.id, j.job_id::text,
    EXISTS (SELECT FROM job_leases l WHERE l.id = j.id AND l.token = p.lease_token AND l.expires_at > now()), now()
  FROM job_prompts p JOIN script_jobs j ON j.id = p.job_id
  WHERE p.id = prompt AND j.id = job
$$

-- next statement

CREATE FUNCTION find_prompt_for_callers(job uuid, prompt uuid) RETURNS TABLE (
  id uuid, kind text, label text, hint text, choices text[], step text, attempt integer, times_asked integer,
  state text, asked_at timestamptz, deadline timestamptz, answered_at timestamptz, answered_by text,
  closed_at timestamptz, job_id uuid, readable_id text, attended boolean, now timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT f.* FROM find_prompt(job, prompt) f JOIN script_jobs j ON j.id = f.job_id
  WHERE j.organisation_id = callboard_organisation()
$$

-- next statement

-- Gives no job when somebody or something was faster. The state is compared in the row that is written.
CREATE FUNCTION give_answer(job uuid, prompt uuid, sealed jsonb, who text) RETURNS SETOF script_jobs LANGUAGE sql AS $$
  WITH locked AS (
    SELECT j.id FROM script_jobs j WHERE j.id = job FOR NO KEY UPDATE
  ), answered AS (
    UPDATE job_prompts p SET state = 'answered', answered_at = now(), answered_by = who, answer = sealed
    FROM locked JOIN job_leases l ON l.id = locked.id
    WHERE p.id = prompt AND p.job_id = locked.id AND p.state = 'open' AND p.deadline > now()
      AND l.token = p.lease_token AND l.expires_at > now()
    RETURNING p.job_id
  )
  UPDATE script_jobs j SET updated_at = now() FROM answered WHERE j.id = answered.job_id RETURNING j.*
$$

-- next statement

CREATE FUNCTION answer_prompt(job uuid, prompt uuid, sealed jsonb) RETURNS SETOF script_jobs
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM script_jobs j WHERE j.id = job AND j.organisation_id = callboard_organisation()
  ) THEN RETURN; END IF;
  PERFORM callboard_insist('operate');
  RETURN QUERY SELECT * FROM give_answer(job, prompt, sealed, callboard_name());
END
$$

-- next statement

CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at)

-- next statement

-- What an Idempotency-Key made in the last 24 hours, and whether it was the same request. Of one organisation: two of
-- them may use the same key.
CREATE FUNCTION find_key(organisation text, of_key text, hash bytea) RETURNS TABLE (job_id uuid, batch_id uuid, same boolean)
LANGUAGE sql STABLE AS $$
  SELECT k.job_id, k.batch_id, k.request_hash = hash FROM idempotency_keys k
  WHERE k.organisation_id = organisation AND k.key = of_key AND k.created_at > now() - interval '24 hours'
$$

-- next statement

-- Whether the key is now ours. Waits for the end of a transaction that is just writing the same key.
CREATE FUNCTION keep_key(organisation text, of_key text, hash bytea, job uuid, batch uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO idempotency_keys AS k (organisation_id, key, request_hash, job_id, batch_id)
  VALUES (organisation, of_key, hash, job, batch)
  ON CONFLICT (organisation_id, key) DO UPDATE SET
    request_hash = excluded.request_hash, job_id = excluded.job_id, batch_id = excluded.batch_id, created_at = now()
  WHERE k.created_at <= now() - interval '24 hours';
  RETURN FOUND;
END
$$

-- next statement

CREATE FUNCTION find_key_for_callers(of_key text, hash bytea) RETURNS TABLE (job_id uuid, batch_id uuid, same boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  PERFORM callboard_insist('create');
  RETURN QUERY SELECT * FROM find_key(callboard_organisation(), of_key, hash);
END
$$

-- next statement

CREATE FUNCTION keep_key_for_callers(of_key text, hash bytea, job uuid, batch uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM callboard_insist('create');
  IF NOT EXISTS (
    SELECT FROM script_jobs j WHERE j.id = job AND j.organisation_id = callboard_organisation()
  ) THEN
    RAISE insufficient_privilege USING MESSAGE = 'a key stands for a job of its own organisation';
  END IF;
  RETURN keep_key(callboard_organisation(), of_key, hash, job, batch);
END
$$

-- next statement

-- Polling and creating are most of all calls, so each of them is one statement, which takes the caller's role and claims
-- itself: for its own transaction, and so for itself alone. Only who may take any role and say any claims calls these.
CREATE FUNCTION become_caller(of_role text, claims text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('request.jwt.claims', claims, true);
  IF of_role IS NOT NULL THEN PERFORM set_config('role', of_role, true); END IF;
END
$$

-- next statement

CREATE FUNCTION find_job_as(of_role text, claims text, of_id uuid, of_job_id text) RETURNS SETOF script_jobs
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM become_caller(of_role, claims);
  IF of_id IS NULL THEN
    RETURN QUERY SELECT * FROM script_jobs j WHERE j.job_id = of_job_id;
  ELSE
    RETURN QUERY SELECT * FROM script_jobs j WHERE j.id = of_id;
  END IF;
END
$$

-- next statement

CREATE FUNCTION waiting_reasons_as(of_role text, claims text, jobs uuid[]) RETURNS TABLE (id uuid, reasons jsonb)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM become_caller(of_role, claims);
  RETURN QUERY SELECT w.id, w.reasons FROM waiting_reasons_for_callers(jobs) w;
END
$$

-- next statement

CREATE FUNCTION open_prompts_as(of_role text, claims text) RETURNS TABLE (
  id uuid, job_id uuid, attempt integer, step text, kind text, label text, hint text, choices text[],
  times_asked integer, state text, asked_at timestamptz, deadline timestamptz, answered_at timestamptz,
  answered_by text, closed_at timestamptz
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM become_caller(of_role, claims);
  RETURN QUERY SELECT * FROM open_prompts_for_callers();
END
$$

-- next statement

CREATE FUNCTION create_jobs_as(of_role text, claims text, jobs json, expiry interval) RETURNS TABLE (
  id uuid, job_id text, status text, organisation_id text, created_at timestamptz, updated_at timestamptz,
  run_at timestamptz, expires_at timestamptz, revision integer, reasons jsonb
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM become_caller(of_role, claims);
  RETURN QUERY SELECT * FROM create_jobs_for_callers(jobs, expiry);
END
$$

-- next statement

SELECT callboard_keep_private(
  'become_caller', 'find_job_as', 'waiting_reasons_as', 'open_prompts_as', 'create_jobs_as',
  'waiting_reasons_for_callers', 'create_jobs_for_callers', 'open_prompts_for_callers', 'lanes_for_callers',
  'pause_work', 'resume_work', 'start_job_again', 'retry_job', 'find_prompt', 'find_prompt_for_callers', 'give_answer',
  'answer_prompt', 'find_key', 'keep_key', 'find_key_for_callers', 'keep_key_for_callers'
)

-- next statement

-- Why it says pg_temp: see 0006.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'waiting_reasons_for_callers(uuid[])', 'open_prompts_for_callers()', 'lanes_for_callers()',
    'pause_work(text, text, text)', 'resume_work(text, text, text)',
    'retry_job(uuid, boolean, text[], jsonb, text, text, interval)', 'find_prompt_for_callers(uuid, uuid)',
    'answer_prompt(uuid, uuid, jsonb)', 'find_key_for_callers(text, bytea)',
    'keep_key_for_callers(text, bytea, uuid, uuid)'
  ] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', name, current_schema());
  END LOOP;
END
$$

-- next statement

CREATE FUNCTION callboard_let_in_to_act(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT DELETE ON script_jobs TO %I', member);
  EXECUTE format('GRANT SELECT (id, organisation_id) ON job_queue, job_leases TO %I', member);
  EXECUTE format('GRANT SELECT ON pauses TO %I', member);
  EXECUTE format('GRANT DELETE, INSERT (id, organisation_id, name, cron, time_zone, job_type, input_payload,
    missed_runs, overlap, options, paused_at, next_run_at, created_by) ON job_schedules TO %I', member);
  EXECUTE format('GRANT UPDATE (name, cron, time_zone, job_type, input_payload, missed_runs, overlap, options,
    paused_at, next_run_at, last_run_at, last_job_id, last_skipped_at, last_skipped_because, last_error, last_error_at)
    ON job_schedules TO %I', member);
  EXECUTE format('GRANT EXECUTE ON FUNCTION plan_for_size, insert_jobs, create_jobs_for_callers,
    waiting_reasons_for_callers, open_prompts_for_callers, lanes_for_callers, pause_work, resume_work, retry_job, find_prompt_for_callers,
    answer_prompt, find_key_for_callers, keep_key_for_callers TO %I', member);
END
$$

-- next statement

ALTER FUNCTION callboard_let_in(text) RENAME TO callboard_let_in_to_see

-- next statement

-- What a role gets that is made later stays one call.
CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM callboard_let_in_to_see(member);
  PERFORM callboard_let_in_to_act(member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'callboard_let_in_to_act')

-- next statement

DO $$
DECLARE
  member text;
BEGIN
  FOREACH member IN ARRAY ARRAY['callboard_member', 'authenticated'] LOOP
    IF to_regrole(member) IS NOT NULL THEN PERFORM callboard_let_in_to_act(member); END IF;
  END LOOP;
END
$$
