-- What the board reads when a table holds a million jobs. Only a job that fails or is cancelled is in these indexes, so creating,
-- starting and completing one costs what it did.

-- Failed and cancelled jobs of one restaurant: the index of all its jobs would meet a hundred that completed for each.
CREATE INDEX script_jobs_troubles ON script_jobs (organisation_id, restaurant_id, id)
  WHERE failed_at IS NOT NULL OR cancelled_at IS NOT NULL

-- next statement

-- The same of one type.
CREATE INDEX script_jobs_troubles_by_type ON script_jobs (organisation_id, job_type, id)
  WHERE failed_at IS NOT NULL OR cancelled_at IS NOT NULL

-- next statement

-- Failed jobs of one organisation, as script_jobs_cancellations has those that were cancelled.
CREATE INDEX script_jobs_own_failures ON script_jobs (organisation_id, id) WHERE failed_at IS NOT NULL

-- next statement

-- As in 0012, and the claims are read once and not for each job that waits.
CREATE OR REPLACE FUNCTION lanes_for_callers() RETURNS TABLE (
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
    FROM job_queue q WHERE q.organisation_id = (SELECT callboard_organisation()) GROUP BY q.lane
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

-- Replaced functions lose their settings. Why it says pg_temp: see 0006.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION lanes_for_callers() SET search_path = %I, pg_temp', current_schema());
END
$$
