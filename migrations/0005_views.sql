-- What people and monitoring read. Everything about waiting comes from job_waiting, which claiming reads too.

-- Places of each lane over all workers that live (a worker beats every 5 s; one that missed three beats takes no jobs).
CREATE VIEW lane_loads AS
SELECT p.lane,
  coalesce(sum(p.places) FILTER (WHERE p.alive AND NOT p.draining), 0)::integer AS capacity,
  (SELECT count(*)::integer FROM job_leases l WHERE l.lane = p.lane) AS running
FROM (
  SELECT place.key AS lane, place.value::integer AS places, w.draining, w.seen_at > now() - interval '15 seconds' AS alive
  FROM workers w, jsonb_each_text(w.lanes) place
) p
GROUP BY p.lane

-- next statement

-- Why each of these jobs does not go on, as the JSON of src/domain/Waiting.ts. Jobs that need no explanation are absent.
-- Its plan takes longer to make than to run, so it is kept; what that rules out is said in 0003.
CREATE FUNCTION waiting_reasons(jobs uuid[]) RETURNS TABLE (id uuid, reasons jsonb) LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY
  WITH loads AS MATERIALIZED (SELECT * FROM lane_loads), reason AS (
    SELECT w.id, held.place, jsonb_strip_nulls(jsonb_build_object(
      'code', CASE WHEN held.code = 'scheduled' AND j.retry_count > 0 THEN 'backoff' ELSE held.code END,
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
    SELECT l.id, 0, '{"code": "lease_lost"}' FROM job_leases l WHERE l.id = ANY (jobs) AND l.expires_at < now()
  )
  SELECT r.id, jsonb_agg(r.reason ORDER BY r.place) FROM reason r WHERE r.reason IS NOT NULL GROUP BY r.id;
END
$$

-- next statement

-- The lowest UUID v7 of a moment: jobs created since then have a higher id.
CREATE FUNCTION first_id_at(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (overlay(lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') PLACING '-' FROM 9 FOR 0)
    || '-7000-8000-000000000000')::uuid
$$

-- next statement

-- Per lane: what waits and why, what runs, and for how long the oldest job could have run.
CREATE VIEW script_jobs_queue_status AS
SELECT lane.name AS lane,
  coalesce(waiting.ready, 0) AS ready,
  coalesce(waiting.scheduled, 0) AS scheduled,
  coalesce(waiting.blocked, 0) AS blocked,
  coalesce(waiting.behind, 0) AS behind,
  coalesce(load.running, (SELECT count(*)::integer FROM job_leases l WHERE l.lane = lane.name)) AS running,
  coalesce(load.capacity, 0) AS capacity,
  waiting.oldest_ready_at,
  pause.paused_at, pause.paused_by, pause.reason AS pause_reason
FROM (
  SELECT lane AS name FROM lane_loads
  UNION SELECT DISTINCT lane FROM job_queue
  UNION SELECT DISTINCT lane FROM job_leases
  UNION SELECT name FROM pauses WHERE kind = 'lane'
) lane
LEFT JOIN lane_loads load ON load.lane = lane.name
LEFT JOIN (
  SELECT q.lane,
    count(*) FILTER (WHERE q.state = 'ready')::integer AS ready,
    count(*) FILTER (WHERE q.state = 'scheduled')::integer AS scheduled,
    count(*) FILTER (WHERE q.state = 'blocked')::integer AS blocked,
    count(*) FILTER (WHERE q.state = 'behind')::integer AS behind,
    min(q.run_at) FILTER (WHERE q.state = 'ready') AS oldest_ready_at
  FROM job_queue q GROUP BY q.lane
) waiting ON waiting.lane = lane.name
LEFT JOIN pauses pause ON pause.kind = 'lane' AND pause.name = lane.name

-- next statement

-- Failed jobs that are not retried yet, by kind of failure.
CREATE VIEW script_jobs_failed_summary AS
SELECT organisation_id, error_fingerprint AS fingerprint, job_type,
  error_step AS step, error_code AS code,
  count(*)::integer AS jobs,
  count(DISTINCT restaurant_id)::integer AS restaurants,
  min(failed_at) AS first_failed_at,
  max(failed_at) AS last_failed_at,
  (array_agg(job_id ORDER BY id DESC))[1] AS latest_job_id,
  coalesce((array_agg(error_message ORDER BY id DESC))[1], '') AS latest_message
FROM script_jobs
WHERE failed_at IS NOT NULL
GROUP BY organisation_id, error_fingerprint, job_type, error_step, error_code

-- next statement

-- Per job type: jobs created in the last 24 hours. Durations are of last attempts, in milliseconds.
CREATE VIEW script_jobs_metrics AS
SELECT organisation_id, job_type, lane,
  count(*)::integer AS created,
  count(*) FILTER (WHERE status = 'completed')::integer AS completed,
  count(*) FILTER (WHERE status = 'failed')::integer AS failed,
  count(*) FILTER (WHERE status = 'cancelled')::integer AS cancelled,
  sum(retry_count)::integer AS retries,
  sum(crash_count)::integer AS crashes,
  (count(*) FILTER (WHERE status = 'completed'))::float8
    / nullif(count(*) FILTER (WHERE status IN ('completed', 'failed')), 0) AS success_rate,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - started_at) * 1000)
    FILTER (WHERE status = 'completed') AS duration_p50_ms,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - started_at) * 1000)
    FILTER (WHERE status = 'completed') AS duration_p95_ms,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM started_at - greatest(created_at, run_at)) * 1000)
    FILTER (WHERE status <> 'pending' AND attempt = 1) AS wait_p95_ms
FROM script_jobs
WHERE id >= first_id_at(now() - interval '24 hours')
GROUP BY organisation_id, job_type, lane
