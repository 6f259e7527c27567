-- As in 0005, and a job of a type that people paused is not the oldest that could run: it waits because they said so.
CREATE OR REPLACE VIEW script_jobs_queue_status WITH (security_invoker = true) AS
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
    min(q.run_at) FILTER (WHERE q.state = 'ready' AND type_pause.name IS NULL) AS oldest_ready_at
  FROM job_queue q LEFT JOIN pauses type_pause ON type_pause.kind = 'type' AND type_pause.name = q.job_type
  GROUP BY q.lane
) waiting ON waiting.lane = lane.name
LEFT JOIN pauses pause ON pause.kind = 'lane' AND pause.name = lane.name
