-- How the narrow tables follow script_jobs, and how jobs are claimed.
-- Lock order, everywhere: rows of script_jobs first, then their rows in job_queue or job_leases. Claiming goes the other
-- way, so it and the triggers never wait for each other's job_queue rows: they skip what is locked and look again.

-- For each concurrency key: the first in turn is ready, unless one runs; the others stay behind.
CREATE FUNCTION choose_heads(organisations text[], keys text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  turn record;
  head uuid;
BEGIN
  FOR turn IN SELECT DISTINCT o AS organisation, k AS key FROM unnest(organisations, keys) AS pair (o, k) ORDER BY 1, 2
  LOOP
    head := NULL;
    IF NOT EXISTS (
      SELECT FROM job_leases l WHERE l.organisation_id = turn.organisation AND l.concurrency_key = turn.key
    ) THEN
      SELECT q.id INTO head FROM job_queue q
      WHERE q.organisation_id = turn.organisation AND q.concurrency_key = turn.key AND q.state IN ('ready', 'behind')
      ORDER BY q.rank, q.run_at, q.id LIMIT 1;
    END IF;
    UPDATE job_queue q SET state = 'behind'
    WHERE q.organisation_id = turn.organisation AND q.concurrency_key = turn.key AND q.state = 'ready'
      AND q.id IS DISTINCT FROM head;
    UPDATE job_queue q SET state = 'ready' WHERE q.id = head AND q.state = 'behind';
  END LOOP;
END
$$

-- next statement

-- Fails the pending jobs that need one of `ended`, directly or through others, because that one did not complete.
CREATE FUNCTION fail_dependents(ended uuid[]) RETURNS void LANGUAGE sql AS $$
  WITH RECURSIVE doomed AS (
    SELECT d.job_id, d.depends_on FROM job_dependencies d
    JOIN script_jobs p ON p.id = d.depends_on JOIN script_jobs j ON j.id = d.job_id
    WHERE d.depends_on = ANY (ended) AND NOT d.met AND p.status IN ('failed', 'cancelled')
      AND j.status = 'pending' AND j.on_dependency_failure = 'fail'
    UNION
    SELECT d.job_id, d.depends_on FROM doomed
    JOIN job_dependencies d ON d.depends_on = doomed.job_id JOIN script_jobs j ON j.id = d.job_id
    WHERE NOT d.met AND j.status = 'pending' AND j.on_dependency_failure = 'fail'
  )
  UPDATE script_jobs j SET
    status = 'failed', error_code = 'DEPENDENCY_FAILED', error_retryable = false, error_step = NULL,
    error_message = 'The job ' || p.job_id || ', which it needs, did not complete.',
    error_hint = 'Retry that job first, then this one.'
  FROM (SELECT DISTINCT ON (job_id) job_id, depends_on FROM doomed ORDER BY job_id, depends_on) first
  JOIN script_jobs p ON p.id = first.depends_on
  WHERE j.id = first.job_id AND j.status = 'pending'
$$

-- next statement

-- Marks what is met among the dependencies of these jobs, and fails those that need a job which did not complete.
-- The share lock makes it wait for the end of a job that is just being recorded, and that end wait for us.
CREATE FUNCTION check_dependencies(jobs uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  needed uuid[];
BEGIN
  SELECT array_agg(DISTINCT d.depends_on) INTO needed FROM job_dependencies d WHERE d.job_id = ANY (jobs) AND NOT d.met;
  IF needed IS NULL THEN RETURN; END IF;
  PERFORM FROM script_jobs p WHERE p.id = ANY (needed) ORDER BY p.id FOR SHARE;
  UPDATE job_dependencies d SET met = true
  FROM script_jobs p, script_jobs j
  WHERE d.job_id = ANY (jobs) AND NOT d.met AND p.id = d.depends_on AND j.id = d.job_id
    AND (p.status = 'completed' OR (p.status IN ('failed', 'cancelled') AND j.on_dependency_failure = 'run'));
  PERFORM fail_dependents(needed);
END
$$

-- next statement

-- Puts pending jobs into the queue, or in their new place.
CREATE FUNCTION queue_jobs(jobs uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  organisations text[];
  keys text[];
BEGIN
  PERFORM check_dependencies(jobs);
  WITH queued AS (
    INSERT INTO job_queue AS q (
      id, lane, state, rank, organisation_id, job_type, run_at, expires_at, timeout_ms, concurrency_key, unmet_dependencies
    )
    SELECT j.id, j.lane,
      CASE
        WHEN needs.unmet > 0 THEN 'blocked'
        WHEN j.run_at > now() THEN 'scheduled'
        WHEN j.concurrency_key IS NOT NULL THEN 'behind'
        ELSE 'ready' END,
      -j.priority, j.organisation_id, j.job_type, j.run_at, j.expires_at, j.timeout_ms, j.concurrency_key, needs.unmet
    FROM script_jobs j,
      LATERAL (SELECT count(*) AS unmet FROM job_dependencies d WHERE d.job_id = j.id AND NOT d.met) needs
    WHERE j.id = ANY (jobs) AND j.status = 'pending'
    ON CONFLICT (id) DO UPDATE SET lane = excluded.lane, state = excluded.state, rank = excluded.rank,
      organisation_id = excluded.organisation_id, job_type = excluded.job_type, run_at = excluded.run_at,
      expires_at = excluded.expires_at, timeout_ms = excluded.timeout_ms, concurrency_key = excluded.concurrency_key,
      unmet_dependencies = excluded.unmet_dependencies
    RETURNING q.organisation_id, q.concurrency_key
  )
  SELECT array_agg(organisation_id), array_agg(concurrency_key) INTO organisations, keys
  FROM queued WHERE concurrency_key IS NOT NULL;
  IF keys IS NOT NULL THEN PERFORM choose_heads(organisations, keys); END IF;
END
$$

-- next statement

-- Says which jobs changed, or, for many at once, only in which lanes. How long from now a job is due is said as a
-- duration, because the clocks of workers differ from the database's.
CREATE FUNCTION notify_of_jobs(jobs json, lanes json, cancelled json) RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify('callboard', json_strip_nulls(json_build_object('jobs', jobs, 'lanes', lanes, 'cancel', cancelled))::text)
$$

-- next statement

CREATE FUNCTION script_jobs_after_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  total integer;
  special uuid[];
  news json;
BEGIN
  -- Keys and dependencies need a look at other jobs; most jobs have neither.
  SELECT count(*), array_agg(a.id) FILTER (WHERE a.concurrency_key IS NOT NULL OR cardinality(a.depends_on) > 0)
  INTO total, special FROM added a WHERE a.status = 'pending';
  IF total = 0 THEN RETURN NULL; END IF;
  IF special IS NULL OR cardinality(special) < total THEN
    INSERT INTO job_queue (id, lane, state, rank, organisation_id, job_type, run_at, expires_at, timeout_ms)
    SELECT a.id, a.lane, CASE WHEN a.run_at > now() THEN 'scheduled' ELSE 'ready' END, -a.priority, a.organisation_id,
      a.job_type, a.run_at, a.expires_at, a.timeout_ms
    FROM added a
    WHERE a.status = 'pending' AND (special IS NULL OR a.id <> ALL (special));
  END IF;
  IF special IS NOT NULL THEN
    INSERT INTO job_dependencies (job_id, depends_on)
    SELECT DISTINCT a.id, needed FROM added a, unnest(a.depends_on) AS needed;
    PERFORM queue_jobs(special);
  END IF;
  IF total <= 20 THEN
    SELECT json_agg(json_build_array(a.id, a.revision, a.lane, ceil(extract(epoch FROM a.run_at - now()) * 1000)))
    INTO news FROM added a;
    PERFORM notify_of_jobs(news, NULL, NULL);
  ELSE
    SELECT json_agg(json_build_array(lane, due)) INTO news FROM (
      SELECT a.lane, ceil(extract(epoch FROM min(a.run_at) - now()) * 1000) AS due FROM added a GROUP BY a.lane
    ) per_lane;
    PERFORM notify_of_jobs(NULL, news, NULL);
  END IF;
  RETURN NULL;
END
$$

-- next statement

CREATE TRIGGER script_jobs_after_insert AFTER INSERT ON script_jobs
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION script_jobs_after_insert()

-- next statement

CREATE FUNCTION script_jobs_after_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  total integer;
  no_longer_pending uuid[];
  no_longer_running uuid[];
  queued uuid[];
  ended uuid[];
  organisations text[];
  keys text[];
  freed uuid[];
  news json;
  cancelled json;
BEGIN
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
    array_agg(o.organisation_id) FILTER (WHERE o.concurrency_key IS NOT NULL AND n.status <> o.status),
    array_agg(o.concurrency_key) FILTER (WHERE o.concurrency_key IS NOT NULL AND n.status <> o.status)
  INTO total, no_longer_pending, no_longer_running, queued, ended, organisations, keys
  FROM after_rows n JOIN before_rows o ON o.id = n.id;

  -- A row that a claim has in hand is left to that claim, which looks at the job's status before it takes it.
  IF no_longer_pending IS NOT NULL THEN
    DELETE FROM job_queue WHERE id IN (
      SELECT q.id FROM job_queue q WHERE q.id = ANY (no_longer_pending) FOR UPDATE SKIP LOCKED
    );
  END IF;
  IF no_longer_running IS NOT NULL THEN
    DELETE FROM job_leases WHERE id = ANY (no_longer_running);
  END IF;
  -- A job that starts again after its end: what its last attempt was would be overwritten.
  INSERT INTO job_attempts (
    job_id, attempt, worker, started_at, ended_at, outcome, error_code, error_message, error_retryable, error_step, error_hint
  )
  SELECT o.id, o.attempt, o.lease_owner, o.started_at, o.completed_at, o.status, o.error_code, o.error_message,
    o.error_retryable, o.error_step, o.error_hint
  FROM after_rows n JOIN before_rows o ON o.id = n.id
  WHERE o.status IN ('failed', 'cancelled') AND n.status = 'pending' AND o.attempt > 0 AND o.lease_owner IS NOT NULL
  ON CONFLICT DO NOTHING;
  IF queued IS NOT NULL THEN PERFORM queue_jobs(queued); END IF;
  IF ended IS NOT NULL AND EXISTS (SELECT FROM job_dependencies d WHERE d.depends_on = ANY (ended) AND NOT d.met) THEN
    WITH met AS (
      UPDATE job_dependencies d SET met = true
      FROM script_jobs p, script_jobs j
      WHERE d.depends_on = ANY (ended) AND NOT d.met AND p.id = d.depends_on AND j.id = d.job_id
        AND (p.status = 'completed' OR j.on_dependency_failure = 'run')
      RETURNING d.job_id
    )
    SELECT array_agg(DISTINCT job_id) INTO freed FROM met;
    IF freed IS NOT NULL THEN PERFORM queue_jobs(freed); END IF;
    PERFORM fail_dependents(ended);
  END IF;
  IF keys IS NOT NULL THEN PERFORM choose_heads(organisations, keys); END IF;

  IF total = 0 THEN RETURN NULL; END IF;
  IF total <= 20 THEN
    SELECT json_agg(json_build_array(n.id, n.revision, n.lane,
      CASE WHEN n.status = 'pending' THEN ceil(extract(epoch FROM n.run_at - now()) * 1000) END)) INTO news
    FROM after_rows n JOIN before_rows o ON o.id = n.id WHERE n.revision <> o.revision;
  END IF;
  SELECT json_agg(n.id) INTO cancelled
  FROM after_rows n JOIN before_rows o ON o.id = n.id
  WHERE n.status = 'in_progress' AND n.cancel_requested_at IS NOT NULL AND o.cancel_requested_at IS NULL;
  IF news IS NULL THEN
    SELECT json_agg(json_build_array(lane, due)) INTO news FROM (
      SELECT n.lane, ceil(extract(epoch FROM min(n.run_at) FILTER (WHERE n.status = 'pending') - now()) * 1000) AS due
      FROM after_rows n GROUP BY n.lane
    ) per_lane;
    -- 100 ids fill most of what one notification may hold; the workers hear of more with their next beat.
    PERFORM notify_of_jobs(NULL, news, CASE WHEN json_array_length(cancelled) <= 100 THEN cancelled END);
  ELSE
    PERFORM notify_of_jobs(news, NULL, cancelled);
  END IF;
  RETURN NULL;
END
$$

-- next statement

CREATE TRIGGER script_jobs_after_update AFTER UPDATE ON script_jobs
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION script_jobs_after_update()

-- next statement

CREATE FUNCTION script_jobs_after_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  gone uuid[];
  organisations text[];
  keys text[];
BEGIN
  SELECT array_agg(r.id), array_agg(r.organisation_id) FILTER (WHERE r.concurrency_key IS NOT NULL),
    array_agg(r.concurrency_key) FILTER (WHERE r.concurrency_key IS NOT NULL)
  INTO gone, organisations, keys
  FROM removed r WHERE r.status IN ('pending', 'in_progress');
  IF gone IS NULL THEN RETURN NULL; END IF;
  DELETE FROM job_queue WHERE id = ANY (gone);
  DELETE FROM job_leases WHERE id = ANY (gone);
  IF keys IS NOT NULL THEN PERFORM choose_heads(organisations, keys); END IF;
  RETURN NULL;
END
$$

-- next statement

CREATE TRIGGER script_jobs_after_delete AFTER DELETE ON script_jobs
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION script_jobs_after_delete()

-- next statement

-- What holds a pending job back, most important first. Claiming takes a job only when this is empty, and people are
-- told the same.
CREATE VIEW job_waiting AS
SELECT q.*, array_remove(ARRAY[
  CASE WHEN q.state = 'scheduled' OR q.run_at > now() THEN 'scheduled' END,
  CASE WHEN ('lane', q.lane) IN (SELECT kind, name FROM pauses) THEN 'paused_lane' END,
  CASE WHEN ('type', q.job_type) IN (SELECT kind, name FROM pauses) THEN 'paused_type' END,
  CASE WHEN q.unmet_dependencies > 0 THEN 'dependency' END,
  CASE WHEN q.state = 'behind' THEN 'concurrency_key' END
], NULL) AS held_by
FROM job_queue q

-- next statement

-- Moves delayed jobs that are due into the queue's order.
CREATE FUNCTION start_due_jobs(of_lane text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  organisations text[];
  keys text[];
BEGIN
  WITH due AS (
    UPDATE job_queue q SET state = CASE WHEN q.concurrency_key IS NULL THEN 'ready' ELSE 'behind' END
    WHERE q.id IN (
      SELECT s.id FROM job_queue s WHERE s.lane = of_lane AND s.state = 'scheduled' AND s.run_at <= now()
      ORDER BY s.run_at LIMIT 1000 FOR UPDATE SKIP LOCKED
    )
    RETURNING q.organisation_id, q.concurrency_key
  )
  SELECT array_agg(organisation_id), array_agg(concurrency_key) INTO organisations, keys
  FROM due WHERE concurrency_key IS NOT NULL;
  IF keys IS NOT NULL THEN PERFORM choose_heads(organisations, keys); END IF;
END
$$

-- next statement

-- Two transactions that end at the same moment can leave a key with jobs behind and nobody in front. Visits each key
-- once (there are no more of them than running and ready jobs) and returns whether it found one.
CREATE FUNCTION mend_heads() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  organisations text[];
  keys text[];
BEGIN
  WITH RECURSIVE turns AS (
    (SELECT q.organisation_id, q.concurrency_key FROM job_queue q
     WHERE q.concurrency_key IS NOT NULL AND q.state IN ('ready', 'behind')
     ORDER BY q.organisation_id, q.concurrency_key LIMIT 1)
    UNION ALL
    SELECT next.* FROM turns, LATERAL (
      SELECT q.organisation_id, q.concurrency_key FROM job_queue q
      WHERE q.concurrency_key IS NOT NULL AND q.state IN ('ready', 'behind')
        AND (q.organisation_id, q.concurrency_key) > (turns.organisation_id, turns.concurrency_key)
      ORDER BY q.organisation_id, q.concurrency_key LIMIT 1
    ) next
  )
  SELECT array_agg(t.organisation_id), array_agg(t.concurrency_key) INTO organisations, keys
  FROM turns t
  WHERE NOT EXISTS (
    SELECT FROM job_queue q
    WHERE q.organisation_id = t.organisation_id AND q.concurrency_key = t.concurrency_key AND q.state = 'ready'
  ) AND NOT EXISTS (
    SELECT FROM job_leases l WHERE l.organisation_id = t.organisation_id AND l.concurrency_key = t.concurrency_key
  );
  IF keys IS NULL THEN RETURN false; END IF;
  PERFORM choose_heads(organisations, keys);
  RETURN true;
END
$$

-- next statement

-- Locks and returns up to `most` jobs of a lane: higher priorities first, inside a priority one organisation after the
-- other, starting after `last_organisation`, and inside an organisation the oldest first.
CREATE FUNCTION pick_jobs(of_lane text, most integer, types text[], last_organisation text) RETURNS uuid[]
LANGUAGE plpgsql AS $$
DECLARE
  picked uuid[] := '{}';
  part uuid[];
  this_rank integer := -32768;
  found_rank smallint;
  organisations text[];
  one text COLLATE "C";
  wrapped boolean;
  missing integer;
  quota integer;
BEGIN
  IF EXISTS (SELECT FROM pauses WHERE kind = 'lane' AND name = of_lane) THEN RETURN picked; END IF;
  LOOP
    missing := most - cardinality(picked);
    SELECT q.rank INTO found_rank FROM job_queue q
    WHERE q.lane = of_lane AND q.state = 'ready' AND q.rank > this_rank ORDER BY q.rank LIMIT 1;
    EXIT WHEN NOT FOUND;
    this_rank := found_rank;
    organisations := '{}';
    one := last_organisation;
    wrapped := false;
    LOOP
      SELECT q.organisation_id INTO one FROM job_queue q
      WHERE q.lane = of_lane AND q.state = 'ready' AND q.rank = this_rank AND q.organisation_id > one
      ORDER BY q.organisation_id LIMIT 1;
      EXIT WHEN wrapped AND (NOT FOUND OR one > last_organisation);
      IF NOT FOUND THEN
        wrapped := true;
        one := '';
        CONTINUE;
      END IF;
      -- One that has only jobs which this worker may not take must not use up a turn.
      IF EXISTS (
        SELECT FROM job_waiting w
        WHERE w.lane = of_lane AND w.state = 'ready' AND w.rank = this_rank AND w.organisation_id = one
          AND w.held_by = '{}' AND w.expires_at > clock_timestamp() AND w.job_type = ANY (types)
      ) THEN
        organisations := organisations || one::text;
      END IF;
      EXIT WHEN cardinality(organisations) >= missing;
    END LOOP;
    -- An equal share for each, and then, before any lower priority, what some of them left.
    quota := ceil(missing::float8 / greatest(1, cardinality(organisations)));
    FOR round IN 1..2 LOOP
      FOREACH one IN ARRAY organisations LOOP
        SELECT array_agg(n.id) INTO part FROM (
          SELECT w.id FROM job_waiting w
          WHERE w.lane = of_lane AND w.state = 'ready' AND w.rank = this_rank AND w.organisation_id = one
            AND w.held_by = '{}' AND w.expires_at > clock_timestamp() AND w.job_type = ANY (types)
            AND w.id <> ALL (picked)
          ORDER BY w.run_at, w.id
          LIMIT least(quota, most - cardinality(picked))
          FOR UPDATE SKIP LOCKED
        ) n;
        picked := picked || part;
      END LOOP;
      EXIT WHEN cardinality(organisations) < 2 OR cardinality(picked) >= most;
      quota := most;
    END LOOP;
    EXIT WHEN cardinality(picked) >= most;
  END LOOP;
  RETURN picked;
END
$$

-- next statement

-- Leases up to `most` jobs of a lane to a worker and counts an attempt on each.
CREATE FUNCTION claim_jobs(
  of_lane text, most integer, types text[], last_organisation text, worker text, worker_boot uuid, lease interval
) RETURNS TABLE (
  id uuid, job_id text, job_type text, organisation_id text, input_payload jsonb, lease_token uuid, attempt integer,
  retry_count integer, max_retries integer, timeout_ms integer, checkpoints jsonb, place bigint
) LANGUAGE plpgsql AS $$
DECLARE
  picked uuid[];
  claimed integer;
BEGIN
  IF EXISTS (SELECT FROM job_queue q WHERE q.lane = of_lane AND q.state = 'scheduled' AND q.run_at <= now()) THEN
    PERFORM start_due_jobs(of_lane);
  END IF;
  picked := pick_jobs(of_lane, most, types, last_organisation);
  IF cardinality(picked) < most AND EXISTS (
    SELECT FROM job_queue q WHERE q.concurrency_key IS NOT NULL AND q.state IN ('ready', 'behind')
  ) AND mend_heads() THEN
    picked := pick_jobs(of_lane, most, types, last_organisation);
  END IF;
  IF cardinality(picked) = 0 THEN RETURN; END IF;

  RETURN QUERY
  WITH leased AS (
    INSERT INTO job_leases (id, token, owner, boot, lane, expires_at, timeout_at, organisation_id, concurrency_key)
    SELECT q.id, gen_random_uuid(), worker, worker_boot, q.lane, now() + lease,
      now() + q.timeout_ms * interval '1 millisecond', q.organisation_id, q.concurrency_key
    FROM job_queue q WHERE q.id = ANY (picked)
    -- In one order everywhere, because an insert waits for another one with the same key.
    ORDER BY q.organisation_id, q.concurrency_key
    ON CONFLICT DO NOTHING
    RETURNING job_leases.id, job_leases.token, job_leases.expires_at
  )
  UPDATE script_jobs j SET
    status = 'in_progress', attempt = j.attempt + 1, lease_owner = worker, lease_token = leased.token,
    lease_expires_at = leased.expires_at
  FROM leased JOIN unnest(picked) WITH ORDINALITY AS pick (id, place) ON pick.id = leased.id
  WHERE j.id = leased.id AND j.status = 'pending'
  RETURNING j.id, j.job_id, j.job_type, j.organisation_id, j.input_payload, j.lease_token, j.attempt, j.retry_count,
    j.max_retries, j.timeout_ms,
    CASE WHEN j.attempt > 1 THEN (
      SELECT jsonb_object_agg(k.name, k.output) FROM job_checkpoints k WHERE k.job_id = j.id
    ) END,
    pick.place;
  GET DIAGNOSTICS claimed = ROW_COUNT;

  -- Some were cancelled a moment ago, or another job with the same key got the lease.
  IF claimed < cardinality(picked) THEN
    DELETE FROM job_leases l USING script_jobs j
    WHERE l.id = ANY (picked) AND j.id = l.id AND j.lease_token IS DISTINCT FROM l.token;
    DELETE FROM job_queue q WHERE q.id = ANY (picked)
      AND NOT EXISTS (SELECT FROM script_jobs j WHERE j.id = q.id AND j.status = 'pending');
    UPDATE job_queue q SET state = 'behind' WHERE q.id = ANY (picked) AND q.concurrency_key IS NOT NULL;
  END IF;
END
$$
