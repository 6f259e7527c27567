-- Creating jobs with fewer and smaller statements. What each statement on script_jobs costs before its first row counts most
-- where few rows are written at a time: fourteen checks were read and prepared anew by each of them. Older processes go on
-- with insert_jobs and create_jobs.

-- One check says what they said. Not valid: the rows that are there passed them, and are not looked at again.
ALTER TABLE script_jobs
  DROP CONSTRAINT IF EXISTS completed_at_exactly_when_terminal,
  DROP CONSTRAINT IF EXISTS failed_has_error,
  DROP CONSTRAINT IF EXISTS lease_exactly_while_running,
  DROP CONSTRAINT IF EXISTS lease_is_whole,
  DROP CONSTRAINT IF EXISTS only_completed_has_result,
  DROP CONSTRAINT IF EXISTS running_has_started,
  DROP CONSTRAINT IF EXISTS script_jobs_depends_on_check,
  DROP CONSTRAINT IF EXISTS script_jobs_max_retries_check,
  DROP CONSTRAINT IF EXISTS script_jobs_on_dependency_failure_check,
  DROP CONSTRAINT IF EXISTS script_jobs_priority_check,
  DROP CONSTRAINT IF EXISTS script_jobs_progress_percent_check,
  DROP CONSTRAINT IF EXISTS script_jobs_status_check,
  DROP CONSTRAINT IF EXISTS script_jobs_timeout_ms_check,
  DROP CONSTRAINT IF EXISTS trace_parent_is_one,
  ADD CONSTRAINT job_is_sound CHECK (
    CASE status
      WHEN 'pending' THEN completed_at IS NULL AND lease_token IS NULL AND lease_expires_at IS NULL AND result IS NULL
      WHEN 'in_progress' THEN completed_at IS NULL AND lease_token IS NOT NULL AND lease_expires_at IS NOT NULL
        AND lease_owner IS NOT NULL AND started_at IS NOT NULL AND timeout_at IS NOT NULL AND result IS NULL
      WHEN 'completed' THEN completed_at IS NOT NULL AND lease_token IS NULL AND lease_expires_at IS NULL
      WHEN 'failed' THEN completed_at IS NOT NULL AND lease_token IS NULL AND lease_expires_at IS NULL AND result IS NULL
        AND error_code IS NOT NULL
      WHEN 'cancelled' THEN completed_at IS NOT NULL AND lease_token IS NULL AND lease_expires_at IS NULL
        AND result IS NULL
      ELSE false
    END
    AND priority >= -100 AND priority <= 100 AND progress_percent >= 0 AND progress_percent <= 100
    AND max_retries >= 0 AND timeout_ms > 0
    AND on_dependency_failure IN ('fail', 'run') AND cardinality(depends_on) <= 100
    AND (trace_parent IS NULL OR trace_parent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$')
  ) NOT VALID

-- next statement

-- Says what the expression '^JOB_\d{8}_\d{6}_[0-9a-f]{8}$' said, which cost a tenth of writing a job.
ALTER DOMAIN readable_job_id DROP CONSTRAINT IF EXISTS readable_job_id_check

-- next statement

ALTER DOMAIN readable_job_id ADD CONSTRAINT readable_job_id_check CHECK (
  VALUE LIKE 'JOB\_________\_______\_________'
  AND translate(left(VALUE, 20), '0123456789', '') = 'JOB___' AND translate(right(VALUE, 8), '0123456789abcdef', '') = ''
) NOT VALID

-- next statement

-- For new jobs with keys or dependencies, which need a look at other jobs.
CREATE FUNCTION queue_new_jobs(jobs uuid[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  -- From here on all triggers do their work, whatever the caller said of his own.
  PERFORM set_config('callboard.followed', 'no', true), plan_for_size();
  INSERT INTO job_dependencies (job_id, depends_on)
  SELECT DISTINCT j.id, needed FROM unnest(jobs) AS new (id) JOIN script_jobs j ON j.id = new.id, unnest(j.depends_on) needed;
  PERFORM queue_jobs(jobs);
END
$$

-- next statement

-- As in 0007, in one statement for what most jobs are: they need no look at others, and up to 20 are told one by one.
CREATE OR REPLACE FUNCTION script_jobs_after_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  total integer;
  special uuid[];
  news jsonb;
BEGIN
  WITH plain AS (
    INSERT INTO job_queue (id, lane, state, rank, organisation_id, job_type, run_at, expires_at, timeout_ms)
    SELECT a.id, a.lane, CASE WHEN a.run_at > now() THEN 'scheduled' ELSE 'ready' END, -a.priority, a.organisation_id,
      a.job_type, a.run_at, a.expires_at, a.timeout_ms
    FROM added a
    WHERE a.status = 'pending' AND a.concurrency_key IS NULL AND a.depends_on = '{}'
  )
  SELECT count(*), array_agg(a.id) FILTER (WHERE a.concurrency_key IS NOT NULL OR a.depends_on <> '{}'), (
    SELECT jsonb_agg(jsonb_build_array(f.id, f.revision, f.lane, ceil(extract(epoch FROM f.run_at - now()) * 1000)))
    FROM (SELECT n.id, n.revision, n.lane, n.run_at FROM added n WHERE n.status = 'pending' LIMIT 20) f
  ) INTO total, special, news FROM added a WHERE a.status = 'pending';
  IF total = 0 THEN RETURN NULL; END IF;
  IF special IS NOT NULL THEN PERFORM queue_new_jobs(special); END IF;
  IF total <= 20 THEN
    PERFORM notify_of_jobs(news, NULL, NULL);
  ELSE
    SELECT jsonb_agg(jsonb_build_array(lane, due)) INTO news FROM (
      SELECT a.lane, ceil(extract(epoch FROM min(a.run_at) - now()) * 1000) AS due FROM added a GROUP BY a.lane
    ) per_lane;
    PERFORM notify_of_jobs(NULL, news, NULL);
  END IF;
  RETURN NULL;
END
$$

-- next statement

-- Why jobs of one kind wait that are ready: about the workers, because nothing else holds them back. Not told where
-- something is paused.
CREATE FUNCTION ready_reasons(of_lane text, of_type text, OUT is_told boolean, OUT reasons jsonb) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  able record;
BEGIN
  SELECT EXISTS (SELECT FROM pauses) AS something_paused,
    count(*) FILTER (WHERE NOT k.draining AND of_type = ANY (k.types)) AS claiming,
    count(*) FILTER (WHERE k.draining AND of_type = ANY (k.types)) AS draining,
    coalesce(sum((k.lanes->>of_lane)::integer) FILTER (WHERE NOT k.draining), 0) AS capacity
  INTO able FROM workers k
  WHERE k.seen_at > now() - interval '15 seconds' AND (k.lanes->>of_lane)::integer > 0;
  is_told := NOT able.something_paused;
  IF able.claiming = 0 THEN
    reasons := jsonb_build_array(jsonb_build_object(
      'code', CASE WHEN able.draining > 0 THEN 'draining' ELSE 'no_worker' END
    ));
  ELSIF (SELECT count(*) FROM (SELECT FROM job_leases l WHERE l.lane = of_lane LIMIT able.capacity) taken)
    >= able.capacity
  THEN
    reasons := jsonb_build_array(jsonb_build_object('code', 'pool_full', 'limit', able.capacity));
  END IF;
END
$$

-- next statement

-- Jobs of one kind that are ready are explained by one look at the workers, which others can have too, all others as in 0026.
CREATE OR REPLACE FUNCTION waiting_reasons(jobs uuid[]) RETURNS TABLE (id uuid, reasons jsonb) LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  kind record;
  ready record;
BEGIN
  SELECT count(*) AS jobs, min(q.lane) AS lane, min(q.job_type) AS job_type,
    min(q.lane) = max(q.lane) AND min(q.job_type) = max(q.job_type)
      AND bool_and(q.state = 'ready' AND NOT q.suspect) AS is_one
  INTO kind FROM job_queue q WHERE q.id = ANY (jobs);
  IF kind.jobs = cardinality(jobs) AND kind.is_one THEN
    SELECT * INTO ready FROM ready_reasons(kind.lane, kind.job_type);
    IF ready.is_told THEN
      IF ready.reasons IS NOT NULL THEN
        RETURN QUERY SELECT waiting, ready.reasons FROM unnest(jobs) waiting;
      END IF;
      RETURN;
    END IF;
  END IF;
  RETURN QUERY SELECT w.id, w.reasons FROM explain_at_once(jobs, NULL) w;
END
$$

-- next statement

-- Writes new jobs without dedupe keys and dependencies, all or none. What is the same in all of them stands in `shared`, the
-- rest in `columns`: each a list in the order of `id`, as PostgreSQL writes arrays. Jobs that differ in nothing but ids and
-- inputs are said to be `alike`: every list more costs as much as a column. Members call it too, and the policy judges each
-- row. The last part of a readable id is random, but short: where one is taken, all jobs of the call get new
-- ones, which `renamed` tells: { id: job_id }.
CREATE FUNCTION insert_plain_jobs(
  shared json, columns json, inputs text, expiry interval, OUT renamed json
) LANGUAGE plpgsql AS $$
DECLARE
  broken text;
  other text[];
BEGIN
  FOR try IN 1..5 LOOP
    BEGIN
      IF shared->>'alike' = 'yes' THEN
        INSERT INTO script_jobs (
          id, job_id, job_type, lane, priority, input_payload, total_steps, max_retries, timeout_ms, run_at, expires_at,
          organisation_id, restaurant_id, created_by, client_ref, concurrency_key, batch_id, labels, trace_parent
        )
        SELECT n.id, n.job_id, s.job_type, s.lane, coalesce(s.priority, 0), n.input::jsonb, s.total_steps, s.max_retries,
          s.timeout_ms, coalesce(s.run_at, now()), coalesce(s.expires_at, greatest(s.run_at, now()) + expiry),
          s.organisation_id, s.restaurant_id, s.created_by, s.client_ref, s.concurrency_key, s.batch_id,
          coalesce(s.labels, '{}'), s.trace_parent
        FROM json_to_record(shared) AS s (
          job_type text, lane text, priority smallint, total_steps integer, max_retries integer, timeout_ms integer,
          run_at timestamptz, expires_at timestamptz, organisation_id text, restaurant_id text, created_by text,
          client_ref text, concurrency_key text, batch_id uuid, labels text[], trace_parent text
        ), unnest(
          (columns->>'id')::uuid[], coalesce(other, (columns->>'job_id')::text[]), inputs::text[]
        ) AS n (id, job_id, input);
        RETURN;
      END IF;
      INSERT INTO script_jobs (
        id, job_id, job_type, lane, priority, input_payload, total_steps, max_retries, timeout_ms, run_at, expires_at,
        organisation_id, restaurant_id, created_by, client_ref, concurrency_key, batch_id, labels, trace_parent
      )
      SELECT n.id, n.job_id, coalesce(n.job_type, s.job_type), coalesce(n.lane, s.lane),
        coalesce(n.priority, s.priority, 0), n.input::jsonb, coalesce(n.total_steps, s.total_steps),
        coalesce(n.max_retries, s.max_retries), coalesce(n.timeout_ms, s.timeout_ms),
        coalesce(n.run_at, s.run_at, now()),
        coalesce(n.expires_at, s.expires_at, greatest(n.run_at, s.run_at, now()) + expiry),
        coalesce(n.organisation_id, s.organisation_id), coalesce(n.restaurant_id, s.restaurant_id),
        coalesce(n.created_by, s.created_by), coalesce(n.client_ref, s.client_ref),
        coalesce(n.concurrency_key, s.concurrency_key), coalesce(n.batch_id, s.batch_id),
        coalesce(n.labels::text[], s.labels, '{}'), coalesce(n.trace_parent, s.trace_parent)
      FROM json_to_record(shared) AS s (
        job_type text, lane text, priority smallint, total_steps integer, max_retries integer, timeout_ms integer,
        run_at timestamptz, expires_at timestamptz, organisation_id text, restaurant_id text, created_by text,
        client_ref text, concurrency_key text, batch_id uuid, labels text[], trace_parent text
      ), json_to_record(columns) AS c (
        id uuid[], job_id text[], job_type text[], lane text[], priority smallint[], total_steps integer[],
        max_retries integer[], timeout_ms integer[], run_at timestamptz[], expires_at timestamptz[],
        organisation_id text[], restaurant_id text[], created_by text[], client_ref text[], concurrency_key text[],
        batch_id uuid[], labels text[], trace_parent text[]
      ), unnest(
        c.id, coalesce(other, c.job_id), inputs::text[], c.job_type, c.lane, c.priority, c.total_steps, c.max_retries,
        c.timeout_ms, c.run_at, c.expires_at, c.organisation_id, c.restaurant_id, c.created_by, c.client_ref,
        c.concurrency_key, c.batch_id, c.labels, c.trace_parent
      ) AS n (
        id, job_id, input, job_type, lane, priority, total_steps, max_retries, timeout_ms, run_at, expires_at,
        organisation_id, restaurant_id, created_by, client_ref, concurrency_key, batch_id, labels, trace_parent
      );
      RETURN;
    EXCEPTION WHEN unique_violation THEN
      GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
      IF broken <> 'script_jobs_job_id_key' OR try = 5 THEN RAISE; END IF;
      SELECT array_agg(again.job_id ORDER BY again.place), json_object_agg(again.id, again.job_id)
      INTO other, renamed FROM (
        SELECT n.id, n.place, left(n.job_id, 20) || left(replace(gen_random_uuid()::text, '-', ''), 8) AS job_id
        FROM json_to_record(columns) AS c (id uuid[], job_id text[]),
          unnest(c.id, c.job_id) WITH ORDINALITY AS n (id, job_id, place)
      ) again;
    END;
  END LOOP;
END
$$

-- next statement

-- Writes new jobs as insert_plain_jobs does, and says why they wait: in one list where all are of one kind (`of_lane`,
-- `of_type`) and ready, otherwise by id. `is_called`: by a member.
CREATE FUNCTION create_plain_jobs(
  shared json, columns json, inputs text, expiry interval, of_lane text, of_type text, is_called boolean,
  OUT made_at timestamptz, OUT renamed json, OUT reasons jsonb
) LANGUAGE plpgsql AS $$
DECLARE
  told boolean;
  ids uuid[];
BEGIN
  made_at := now();
  renamed := insert_plain_jobs(shared, columns, inputs, expiry);
  IF of_type IS NOT NULL THEN
    SELECT r.is_told, r.reasons INTO told, reasons FROM ready_reasons(of_lane, of_type) r;
    IF told THEN RETURN; END IF;
  END IF;
  ids := (columns->>'id')::uuid[];
  IF is_called THEN
    reasons := (SELECT jsonb_object_agg(w.id, w.reasons) FROM waiting_reasons_for_callers(ids) w);
  ELSE
    reasons := (SELECT jsonb_object_agg(w.id, w.reasons) FROM waiting_reasons(ids) w);
  END IF;
END
$$

-- next statement

CREATE FUNCTION create_plain_jobs_as(
  of_role text, claims text, shared json, columns json, inputs text, expiry interval, of_lane text, of_type text,
  OUT made_at timestamptz, OUT renamed json, OUT reasons jsonb
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM become_caller(of_role, claims);
  SELECT m.made_at, m.renamed, m.reasons INTO made_at, renamed, reasons
  FROM create_plain_jobs(shared, columns, inputs, expiry, of_lane, of_type, true) m;
END
$$

-- next statement

SELECT callboard_keep_private(
  'queue_new_jobs', 'ready_reasons', 'waiting_reasons', 'insert_plain_jobs', 'create_plain_jobs', 'create_plain_jobs_as'
)

-- next statement

-- Why it says pg_temp: see 0006.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION script_jobs_after_insert() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION ready_reasons(text, text) SET search_path = %I, pg_temp', current_schema());
END
$$

-- next statement

CREATE FUNCTION callboard_let_in_to_plain_jobs(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT EXECUTE ON FUNCTION ready_reasons, insert_plain_jobs, create_plain_jobs TO %I', member);
END
$$

-- next statement

ALTER FUNCTION callboard_let_in(text) RENAME TO callboard_let_in_but_to_plain_jobs

-- next statement

-- What a role gets that is made later stays one call.
CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM callboard_let_in_but_to_plain_jobs(member);
  PERFORM callboard_let_in_to_plain_jobs(member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'callboard_let_in_to_plain_jobs')

-- next statement

DO $$
DECLARE
  member text;
BEGIN
  FOREACH member IN ARRAY ARRAY['callboard_member', 'authenticated'] LOOP
    IF to_regrole(member) IS NOT NULL THEN PERFORM callboard_let_in_to_plain_jobs(member); END IF;
  END LOOP;
END
$$
