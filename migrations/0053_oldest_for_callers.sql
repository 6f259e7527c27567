-- As in 0027, and what 0052 says of the oldest job holds for callers, too.
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
      min(q.run_at) FILTER (WHERE q.state = 'ready' AND type_pause.name IS NULL) AS oldest_ready_at
    FROM job_queue q LEFT JOIN pauses type_pause ON type_pause.kind = 'type' AND type_pause.name = q.job_type
    WHERE q.organisation_id = (SELECT callboard_organisation()) GROUP BY q.lane
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
