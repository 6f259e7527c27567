-- What is asked for all day, lists of the newest jobs and single jobs that run, without planning anew and without a look at
-- more than it needs.

-- Why these jobs do not go on, as explain_waiting says it. Almost all are simple: they run and nothing is wrong, or they are
-- ready or wait for a time. Those are explained by two looks at small tables, and by one look at the workers for each lane
-- and type; only the others take the long way, which costs 0.2 ms and 30 µs a job. `own`: only jobs of this organisation.
CREATE FUNCTION explain_at_once(jobs uuid[], own text) RETURNS TABLE (id uuid, reasons jsonb) LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  running bigint;
  waiting bigint;
  intricate uuid[];
  intricate_waiting uuid[];
BEGIN
  SELECT count(*), array_agg(l.id) FILTER (
    WHERE l.expires_at < now() OR EXISTS (SELECT FROM job_prompts p WHERE p.job_id = l.id AND p.state = 'open')
  ) INTO running, intricate
  FROM job_leases l WHERE l.id = ANY (jobs) AND (own IS NULL OR l.organisation_id = own COLLATE "C");
  IF running < cardinality(jobs) THEN
    SELECT count(*), array_agg(q.id) FILTER (
      WHERE q.suspect OR q.unmet_dependencies > 0 OR q.state NOT IN ('ready', 'scheduled')
        OR EXISTS (SELECT FROM pauses p WHERE p.name IN (q.lane, q.job_type))
        OR EXISTS (SELECT FROM job_prompts p WHERE p.job_id = q.id AND p.state = 'postponed')
    ) INTO waiting, intricate_waiting
    FROM job_queue q WHERE q.id = ANY (jobs) AND (own IS NULL OR q.organisation_id = own COLLATE "C");
    intricate := intricate || intricate_waiting;
    IF waiting > coalesce(cardinality(intricate_waiting), 0) THEN
      RETURN QUERY
      WITH simple AS MATERIALIZED (
        SELECT q.id, q.lane, q.job_type, CASE WHEN q.run_at > now() THEN jsonb_build_array(jsonb_build_object(
          'code', CASE WHEN q.retrying THEN 'backoff' ELSE 'scheduled' END,
          'until', to_char(q.run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
        )) END AS held
        FROM job_queue q
        WHERE q.id = ANY (jobs) AND (own IS NULL OR q.organisation_id = own COLLATE "C")
          AND (intricate_waiting IS NULL OR q.id <> ALL (intricate_waiting))
      ), kinds AS MATERIALIZED (
        SELECT kind.lane, kind.job_type, CASE
          WHEN able.claiming > 0 AND able.capacity <= (
            SELECT count(*) FROM (SELECT FROM job_leases l WHERE l.lane = kind.lane LIMIT able.capacity) taken
          ) THEN jsonb_build_array(jsonb_build_object('code', 'pool_full', 'limit', able.capacity))
          WHEN able.claiming > 0 THEN NULL
          WHEN able.draining > 0 THEN '[{"code": "draining"}]'
          ELSE '[{"code": "no_worker"}]' END AS reason
        FROM (SELECT DISTINCT s.lane, s.job_type FROM simple s) kind CROSS JOIN LATERAL (
          SELECT count(*) FILTER (WHERE NOT k.draining AND kind.job_type = ANY (k.types)) AS claiming,
            count(*) FILTER (WHERE k.draining AND kind.job_type = ANY (k.types)) AS draining,
            coalesce(sum((k.lanes->>kind.lane)::integer) FILTER (WHERE NOT k.draining), 0) AS capacity
          FROM workers k
          WHERE k.seen_at > now() - interval '15 seconds' AND (k.lanes->>kind.lane)::integer > 0
        ) able
      )
      SELECT s.id, coalesce(s.held || k.reason, s.held, k.reason)
      FROM simple s JOIN kinds k ON k.lane = s.lane AND k.job_type = s.job_type
      WHERE s.held IS NOT NULL OR k.reason IS NOT NULL;
    END IF;
  END IF;
  IF intricate IS NOT NULL THEN RETURN QUERY SELECT w.id, w.reasons FROM explain_waiting(intricate) w; END IF;
END
$$

-- next statement

CREATE OR REPLACE FUNCTION waiting_reasons(jobs uuid[]) RETURNS TABLE (id uuid, reasons jsonb) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT w.id, w.reasons FROM explain_at_once(jobs, NULL) w;
END
$$

-- next statement

-- Who acts for no organisation sees none.
CREATE OR REPLACE FUNCTION waiting_reasons_for_callers(jobs uuid[]) RETURNS TABLE (id uuid, reasons jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT w.id, w.reasons FROM explain_at_once(jobs, coalesce(callboard_organisation(), '')) w;
END
$$

-- next statement

-- A function that is replaced loses this setting. Why it says pg_temp: see 0006.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION waiting_reasons_for_callers(uuid[]) SET search_path = %I, pg_temp', current_schema());
END
$$

-- next statement

-- As in 0021, one small plan for each look, of which most are not needed, instead of a large one for all.
CREATE OR REPLACE FUNCTION show_job_as(of_role text, claims text, of_id uuid, of_job_id text, fewest integer) RETURNS TABLE (
  job script_jobs, waiting_reasons jsonb, run_point jsonb, open_prompt jsonb
) LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM become_caller(of_role, claims);
  IF of_id IS NULL THEN
    SELECT * INTO job FROM script_jobs j WHERE j.job_id = of_job_id;
  ELSE
    SELECT * INTO job FROM script_jobs j WHERE j.id = of_id;
  END IF;
  IF NOT FOUND THEN RETURN; END IF;
  IF job.status IN ('pending', 'in_progress') THEN
    SELECT w.reasons INTO waiting_reasons FROM waiting_reasons_for_callers(ARRAY[job.id]) w;
    -- What waits, or has lost its worker, does not get on; what is being stopped is not waited for.
    IF waiting_reasons IS NULL AND job.status = 'in_progress' AND job.cancel_requested_at IS NULL THEN
      run_point := run_point(job, fewest);
    ELSIF waiting_reasons @> '[{"code": "needs_input"}]' THEN
      SELECT prompt_json(o.id, o.kind, o.label, o.hint, o.choices, o.step, o.attempt, o.times_asked, o.asked_at, o.deadline)
      INTO open_prompt FROM open_prompts_for_callers() o WHERE o.job_id = job.id;
    END IF;
  END IF;
  RETURN NEXT;
END
$$

-- next statement

-- The newest jobs that the caller may see and that are not in lane `besides`, older than `before` where it is told. An
-- index gives their order, however little is known of how many there are.
CREATE FUNCTION newest_jobs_as(of_role text, claims text, besides text, before uuid, most integer, fewest integer)
RETURNS TABLE (job script_jobs, waiting_reasons jsonb, run_point jsonb, open_prompt jsonb) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  page script_jobs[];
  live uuid[];
  why jsonb;
BEGIN
  PERFORM become_caller(of_role, claims);
  PERFORM plan_for_size();
  SELECT array_agg(p.j), array_agg(p.id) FILTER (WHERE p.status IN ('pending', 'in_progress')) INTO page, live
  FROM (
    SELECT j, j.id, j.status FROM script_jobs j
    WHERE j.lane <> besides AND j.id < coalesce(before, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    ORDER BY j.id DESC LIMIT most
  ) p;
  IF live IS NOT NULL THEN
    SELECT jsonb_object_agg(w.id, w.reasons) INTO why FROM waiting_reasons_for_callers(live) w;
  END IF;
  RETURN QUERY SELECT each, why -> each.id::text,
    CASE WHEN each.status = 'in_progress' AND each.cancel_requested_at IS NULL AND why -> each.id::text IS NULL
      THEN run_point(each, fewest) END,
    CASE WHEN why -> each.id::text @> '[{"code": "needs_input"}]' THEN (
      SELECT prompt_json(o.id, o.kind, o.label, o.hint, o.choices, o.step, o.attempt, o.times_asked, o.asked_at, o.deadline)
      FROM open_prompts_for_callers() o WHERE o.job_id = each.id
    ) END
  FROM unnest(page) each;
END
$$

-- next statement

SELECT callboard_keep_private('explain_at_once', 'newest_jobs_as')
