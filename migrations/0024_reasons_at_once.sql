-- Almost always the jobs that are asked for wait for the same thing: they are all ready, of one type, and nothing is
-- paused, as when they were created just now. Then one look at the workers explains them all; everything else takes the
-- long way, which costs 0.3 ms and 20 µs a job more.
ALTER FUNCTION waiting_reasons(uuid[]) RENAME TO explain_waiting

-- next statement

CREATE FUNCTION waiting_reasons(jobs uuid[]) RETURNS TABLE (id uuid, reasons jsonb) LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  kind record;
  able record;
  reason jsonb;
BEGIN
  SELECT count(*) AS jobs, min(q.lane) AS lane, min(q.job_type) AS job_type,
    min(q.lane) = max(q.lane) AND min(q.job_type) = max(q.job_type)
      AND bool_and(q.state = 'ready' AND NOT q.suspect) AS is_one
  INTO kind FROM job_queue q WHERE q.id = ANY (jobs);
  IF kind.jobs < cardinality(jobs) OR kind.is_one IS NOT TRUE OR EXISTS (SELECT FROM pauses) THEN
    RETURN QUERY SELECT w.id, w.reasons FROM explain_waiting(jobs) w;
    RETURN;
  END IF;
  SELECT count(*) FILTER (WHERE NOT k.draining AND kind.job_type = ANY (k.types)) AS claiming,
    count(*) FILTER (WHERE k.draining AND kind.job_type = ANY (k.types)) AS draining,
    coalesce(sum((k.lanes->>kind.lane)::integer) FILTER (WHERE NOT k.draining), 0) AS capacity
  INTO able FROM workers k
  WHERE k.seen_at > now() - interval '15 seconds' AND (k.lanes->>kind.lane)::integer > 0;
  IF able.claiming > 0 THEN
    IF (SELECT count(*) FROM (SELECT FROM job_leases l WHERE l.lane = kind.lane LIMIT able.capacity) taken)
      < able.capacity THEN RETURN; END IF;
    reason := jsonb_build_array(jsonb_build_object('code', 'pool_full', 'limit', able.capacity));
  ELSE
    reason := jsonb_build_array(jsonb_build_object(
      'code', CASE WHEN able.draining > 0 THEN 'draining' ELSE 'no_worker' END
    ));
  END IF;
  RETURN QUERY SELECT waiting, reason FROM unnest(jobs) waiting;
END
$$

-- next statement

SELECT callboard_keep_private('waiting_reasons', 'explain_waiting')
