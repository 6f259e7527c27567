-- How the narrow tables follow script_jobs, and how jobs are claimed.
-- Lock order, everywhere: rows of script_jobs first, then their rows in job_queue or job_leases. Claiming goes the other
-- way, so it never waits for a row: it skips what is locked, and so do the triggers where a claim may hold a row.
-- Plans are kept for as long as a connection lives, and may have been made while the tables were empty. Reading a whole
-- table or sorting it would be cheap then and very dear later, so both are ruled out (enable_seqscan, enable_bitmapscan).

-- For each concurrency key: the first in turn is ready, unless one runs; the others stay behind. Gives the jobs that
-- became ready. What somebody else has in hand is passed over: two jobs in front are sorted out by job_leases_key, and
-- none in front is found by headless_keys.
CREATE FUNCTION choose_heads(organisations text[], keys text[]) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
  turn record;
  head uuid;
  head_state text;
  promoted uuid[] := '{}';
BEGIN
  FOR turn IN SELECT DISTINCT o AS organisation, k AS key FROM unnest(organisations, keys) AS pair (o, k) ORDER BY 1, 2
  LOOP
    head := NULL;
    head_state := NULL;
    IF NOT EXISTS (
      SELECT FROM job_leases l WHERE l.organisation_id = turn.organisation AND l.concurrency_key = turn.key
    ) THEN
      SELECT q.id, q.state INTO head, head_state FROM job_queue q
      WHERE q.organisation_id = turn.organisation AND q.concurrency_key = turn.key AND q.state IN ('ready', 'behind')
      ORDER BY q.rank, q.run_at, q.id LIMIT 1;
      -- One that is ready already is not locked, or a claim would have to pass it over.
      IF head_state = 'behind' THEN
        SELECT q.id, q.state INTO head, head_state FROM job_queue q
        WHERE q.organisation_id = turn.organisation AND q.concurrency_key = turn.key AND q.state IN ('ready', 'behind')
        ORDER BY q.rank, q.run_at, q.id LIMIT 1 FOR UPDATE SKIP LOCKED;
      END IF;
    END IF;
    UPDATE job_queue SET state = 'behind' WHERE id IN (
      SELECT q.id FROM job_queue q
      WHERE q.organisation_id = turn.organisation AND q.concurrency_key = turn.key AND q.state = 'ready'
        AND q.id IS DISTINCT FROM head
      FOR UPDATE SKIP LOCKED
    );
    IF head_state = 'behind' THEN
      UPDATE job_queue q SET state = 'ready' WHERE q.id = head;
      promoted := promoted || head;
    END IF;
  END LOOP;
  RETURN promoted;
END
$$

-- next statement

-- Fails the pending jobs that need one of `ended`, directly or through others, because that one did not complete.
CREATE FUNCTION fail_dependents(ended uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  jobs uuid[];
  causes uuid[];
BEGIN
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
  SELECT array_agg(first.job_id), array_agg(first.depends_on) INTO jobs, causes
  FROM (SELECT DISTINCT ON (job_id) job_id, depends_on FROM doomed ORDER BY job_id, depends_on) first;
  IF jobs IS NULL THEN RETURN; END IF;
  -- In one order everywhere: two jobs that fail at the same moment may have the same dependents.
  PERFORM FROM script_jobs j WHERE j.id = ANY (jobs) ORDER BY j.id FOR NO KEY UPDATE;
  UPDATE script_jobs j SET
    status = 'failed', error_code = 'DEPENDENCY_FAILED', error_retryable = false, error_step = NULL,
    error_message = 'The job ' || p.job_id || ', which it needs, did not complete.',
    error_hint = 'Retry that job first, then this one.'
  FROM unnest(jobs, causes) AS first (job_id, depends_on) JOIN script_jobs p ON p.id = first.depends_on
  WHERE j.id = first.job_id AND j.status = 'pending';
END
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

-- Puts pending jobs into the queue, or in their new place. Gives the jobs that became first in turn of their key.
CREATE FUNCTION queue_jobs(jobs uuid[]) RETURNS uuid[] LANGUAGE plpgsql AS $$
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
        WHEN j.run_at > clock_timestamp() THEN 'scheduled'
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
  RETURN CASE WHEN keys IS NULL THEN '{}' ELSE choose_heads(organisations, keys) END;
END
$$

-- next statement

-- Counts down what the dependents of jobs that ended still need. Gives those that need nothing more, and those that
-- became first in turn of their key. The count is in the row, whose lock makes two ends of the same moment take turns:
-- neither sees the other's in job_dependencies.
CREATE FUNCTION free_dependents(ended uuid[]) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
  dependents uuid[];
  counts integer[];
  freed uuid[];
  organisations text[];
  keys text[];
BEGIN
  WITH met AS (
    UPDATE job_dependencies d SET met = true
    FROM script_jobs p, script_jobs j
    WHERE d.depends_on = ANY (ended) AND NOT d.met AND p.id = d.depends_on AND j.id = d.job_id
      AND (p.status = 'completed' OR j.on_dependency_failure = 'run')
    RETURNING d.job_id
  )
  SELECT array_agg(c.job_id), array_agg(c.ends) INTO dependents, counts
  FROM (SELECT job_id, count(*) AS ends FROM met GROUP BY job_id) c;
  IF dependents IS NULL THEN RETURN '{}'; END IF;
  PERFORM FROM job_queue q WHERE q.id = ANY (dependents) ORDER BY q.id FOR UPDATE;
  WITH counted AS (
    UPDATE job_queue q SET
      unmet_dependencies = q.unmet_dependencies - c.ends,
      state = CASE
        WHEN q.unmet_dependencies > c.ends THEN 'blocked'
        -- This transaction may have begun before the one that it waited for.
        WHEN q.run_at > clock_timestamp() THEN 'scheduled'
        WHEN q.concurrency_key IS NOT NULL THEN 'behind'
        ELSE 'ready' END
    FROM unnest(dependents, counts) AS c (job_id, ends)
    WHERE q.id = c.job_id AND q.state = 'blocked'
    RETURNING q.id, q.state, q.organisation_id, q.concurrency_key
  )
  SELECT array_agg(id), array_agg(organisation_id) FILTER (WHERE state = 'behind'),
    array_agg(concurrency_key) FILTER (WHERE state = 'behind')
  INTO freed, organisations, keys FROM counted WHERE state <> 'blocked';
  IF keys IS NOT NULL THEN freed := freed || choose_heads(organisations, keys); END IF;
  RETURN coalesce(freed, '{}');
END
$$

-- next statement

-- Says which jobs changed, or, for many at once, only in which lanes. How long from now a job is due is said as a
-- duration, because the clocks of workers differ from the database's.
CREATE FUNCTION notify_of_jobs(jobs jsonb, lanes jsonb, cancelled jsonb) RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify('callboard', jsonb_strip_nulls(jsonb_build_object('jobs', jobs, 'lanes', lanes, 'cancel', cancelled))::text)
$$

-- next statement

CREATE FUNCTION script_jobs_after_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  total integer;
  special uuid[];
  news jsonb;
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
    SELECT jsonb_agg(jsonb_build_array(a.id, a.revision, a.lane, ceil(extract(epoch FROM a.run_at - now()) * 1000)))
    INTO news FROM added a;
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

CREATE TRIGGER script_jobs_after_insert AFTER INSERT ON script_jobs
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION script_jobs_after_insert()

-- next statement

CREATE FUNCTION script_jobs_after_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  total integer;
  no_longer_pending uuid[];
  no_longer_running uuid[];
  queued uuid[];
  ended uuid[];
  restarted boolean;
  organisations text[];
  keys text[];
  -- Jobs that did not change themselves, but may start now.
  woken uuid[] := '{}';
  jobs jsonb := '[]';
  lanes jsonb := '[]';
  cancelled jsonb;
BEGIN
  -- The plan is made for a few rows and kept; with hundreds of rows, a nested loop over both tables would take 100 ms.
  PERFORM set_config('enable_nestloop', 'off', true);
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
    coalesce(bool_or(o.status IN ('failed', 'cancelled') AND n.status = 'pending'), false),
    array_agg(o.organisation_id) FILTER (WHERE o.concurrency_key IS NOT NULL AND n.status <> o.status),
    array_agg(o.concurrency_key) FILTER (WHERE o.concurrency_key IS NOT NULL AND n.status <> o.status),
    jsonb_agg(n.id) FILTER (
      WHERE n.status = 'in_progress' AND n.cancel_requested_at IS NOT NULL AND o.cancel_requested_at IS NULL
    )
  INTO total, no_longer_pending, no_longer_running, queued, ended, restarted, organisations, keys, cancelled
  FROM after_rows n JOIN before_rows o ON o.id = n.id;

  -- What the last attempt of a job was would be overwritten when the job starts again after its end.
  IF restarted THEN
    INSERT INTO job_attempts (
      job_id, attempt, worker, started_at, ended_at, outcome, error_code, error_message, error_retryable, error_step,
      error_hint
    )
    SELECT o.id, o.attempt, o.lease_owner, o.started_at, o.completed_at, o.status, o.error_code, o.error_message,
      o.error_retryable, o.error_step, o.error_hint
    FROM after_rows n JOIN before_rows o ON o.id = n.id
    WHERE o.status IN ('failed', 'cancelled') AND n.status = 'pending' AND o.attempt > 0 AND o.lease_owner IS NOT NULL
    ON CONFLICT DO NOTHING;
  END IF;
  IF total BETWEEN 1 AND 20 THEN
    SELECT jsonb_agg(jsonb_build_array(n.id, n.revision, n.lane,
      CASE WHEN n.status = 'pending' THEN ceil(extract(epoch FROM n.run_at - now()) * 1000) END)) INTO jobs
    FROM after_rows n JOIN before_rows o ON o.id = n.id WHERE n.revision <> o.revision;
  END IF;
  SELECT coalesce(jsonb_agg(jsonb_build_array(lane, due)), '[]') INTO lanes FROM (
    SELECT n.lane, ceil(extract(epoch FROM min(n.run_at) FILTER (WHERE n.status = 'pending') - now()) * 1000) AS due
    FROM after_rows n GROUP BY n.lane
  ) per_lane;
  PERFORM set_config('enable_nestloop', 'on', true);

  -- A row that a claim has in hand is left to that claim, which looks at the job's status before it takes it.
  IF no_longer_pending IS NOT NULL THEN
    DELETE FROM job_queue WHERE id IN (
      SELECT q.id FROM job_queue q WHERE q.id = ANY (no_longer_pending) FOR UPDATE SKIP LOCKED
    );
  END IF;
  IF no_longer_running IS NOT NULL THEN
    DELETE FROM job_leases WHERE id = ANY (no_longer_running);
  END IF;
  IF queued IS NOT NULL THEN woken := queue_jobs(queued); END IF;
  IF ended IS NOT NULL AND EXISTS (SELECT FROM job_dependencies d WHERE d.depends_on = ANY (ended) AND NOT d.met) THEN
    woken := woken || free_dependents(ended);
    PERFORM fail_dependents(ended);
  END IF;
  IF keys IS NOT NULL THEN woken := woken || choose_heads(organisations, keys); END IF;

  IF total = 0 AND woken = '{}' THEN RETURN NULL; END IF;
  IF total + cardinality(woken) <= 20 THEN
    IF woken <> '{}' THEN
      SELECT jobs || coalesce(
        jsonb_agg(jsonb_build_array(j.id, j.revision, j.lane, ceil(extract(epoch FROM j.run_at - now()) * 1000))), '[]'
      ) INTO jobs
      FROM script_jobs j WHERE j.id = ANY (woken) AND NOT jobs @> jsonb_build_array(jsonb_build_array(j.id));
    END IF;
    PERFORM notify_of_jobs(jobs, NULL, cancelled);
  ELSE
    SELECT lanes || coalesce(jsonb_agg(jsonb_build_array(w.lane, w.due)), '[]') INTO lanes FROM (
      SELECT q.lane, ceil(extract(epoch FROM min(q.run_at) - now()) * 1000) AS due
      FROM job_queue q WHERE q.id = ANY (woken) GROUP BY q.lane
    ) w;
    -- 100 ids fill most of what one notification may hold; the workers hear of more with their next beat.
    PERFORM notify_of_jobs(NULL, lanes, CASE WHEN jsonb_array_length(cancelled) <= 100 THEN cancelled END);
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
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  gone uuid[];
  organisations text[];
  keys text[];
  lost uuid[];
  woken uuid[] := '{}';
  news jsonb;
BEGIN
  SELECT array_agg(r.id), array_agg(r.organisation_id) FILTER (WHERE r.concurrency_key IS NOT NULL),
    array_agg(r.concurrency_key) FILTER (WHERE r.concurrency_key IS NOT NULL)
  INTO gone, organisations, keys
  FROM removed r WHERE r.status IN ('pending', 'in_progress');
  IF gone IS NULL THEN RETURN NULL; END IF;
  -- As in script_jobs_after_update: what a claim has in hand is left to it.
  DELETE FROM job_queue WHERE id IN (SELECT q.id FROM job_queue q WHERE q.id = ANY (gone) FOR UPDATE SKIP LOCKED);
  DELETE FROM job_leases WHERE id = ANY (gone);
  -- The rows of job_dependencies went with the jobs; whoever still counts one of them would wait for it forever.
  SELECT array_agg(q.id) INTO lost FROM job_queue q
  WHERE q.state = 'blocked'
    AND q.unmet_dependencies > (SELECT count(*) FROM job_dependencies d WHERE d.job_id = q.id AND NOT d.met);
  IF lost IS NOT NULL THEN
    UPDATE script_jobs j SET
      status = 'failed', error_code = 'DEPENDENCY_FAILED', error_retryable = false, error_step = NULL,
      error_message = 'A job that it needs was removed before it had ended.', error_hint = NULL
    WHERE j.id = ANY (lost) AND j.status = 'pending' AND j.on_dependency_failure = 'fail';
    woken := lost || queue_jobs(lost);
  END IF;
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

CREATE TRIGGER script_jobs_after_delete AFTER DELETE ON script_jobs
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION script_jobs_after_delete()

-- next statement

-- What holds a pending job back, most important first. Claiming takes a job only when this is empty, and people are
-- told the same.
CREATE VIEW job_waiting AS
SELECT q.*, array_remove(ARRAY[
  CASE WHEN q.run_at > now() THEN 'scheduled' END,
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
-- that has jobs behind in this lane once.
CREATE FUNCTION headless_keys(of_lane text) RETURNS TABLE (organisation text, key text) LANGUAGE sql STABLE AS $$
  WITH RECURSIVE turns AS (
    (SELECT q.organisation_id, q.concurrency_key FROM job_queue q
     WHERE q.lane = of_lane AND q.state = 'behind'
     ORDER BY q.organisation_id, q.concurrency_key LIMIT 1)
    UNION ALL
    SELECT next.* FROM turns, LATERAL (
      SELECT q.organisation_id, q.concurrency_key FROM job_queue q
      WHERE q.lane = of_lane AND q.state = 'behind'
        AND (q.organisation_id, q.concurrency_key) > (turns.organisation_id, turns.concurrency_key)
      ORDER BY q.organisation_id, q.concurrency_key LIMIT 1
    ) next
  )
  SELECT t.organisation_id, t.concurrency_key FROM turns t
  WHERE NOT EXISTS (
    SELECT FROM job_queue q
    WHERE q.organisation_id = t.organisation_id AND q.concurrency_key = t.concurrency_key AND q.state = 'ready'
  ) AND NOT EXISTS (
    SELECT FROM job_leases l WHERE l.organisation_id = t.organisation_id AND l.concurrency_key = t.concurrency_key
  )
$$

-- next statement

-- Says whether it put a job in front.
CREATE FUNCTION mend_heads(of_lane text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  organisations text[];
  keys text[];
BEGIN
  SELECT array_agg(organisation), array_agg(key) INTO organisations, keys FROM headless_keys(of_lane);
  RETURN keys IS NOT NULL AND choose_heads(organisations, keys) <> '{}';
END
$$

-- next statement

-- Locks and returns up to `most` jobs of a lane: higher priorities first, inside a priority one organisation after the
-- other, starting after `last_organisation`, and inside an organisation the oldest first. An organisation whose jobs
-- cannot be taken now does not use up a turn. `besides`: not these.
CREATE FUNCTION pick_jobs(
  of_lane text, most integer, types text[], last_organisation text, besides uuid[]
) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
  picked uuid[] := '{}';
  part uuid[];
  this_rank integer := -32768;
  found_rank smallint;
  organisations text[];
  -- Organisations of this priority that gave as many as they were asked for, and may have more.
  more text[];
  one text COLLATE "C";
  at text COLLATE "C";
  wrapped boolean;
  quota integer;
BEGIN
  LOOP
    SELECT q.rank INTO found_rank FROM job_queue q
    WHERE q.lane = of_lane AND q.state = 'ready' AND q.rank > this_rank ORDER BY q.rank LIMIT 1;
    EXIT WHEN NOT FOUND;
    this_rank := found_rank;
    more := '{}';
    at := last_organisation;
    wrapped := false;
    WHILE cardinality(picked) < most LOOP
      -- The next ones in the round, no more than there are jobs to take; then a round of those that have more.
      organisations := '{}';
      WHILE cardinality(organisations) < most - cardinality(picked) LOOP
        SELECT q.organisation_id INTO one FROM job_queue q
        WHERE q.lane = of_lane AND q.state = 'ready' AND q.rank = this_rank AND q.organisation_id > at
        ORDER BY q.organisation_id LIMIT 1;
        IF FOUND AND (NOT wrapped OR one <= last_organisation) THEN
          organisations := organisations || one;
          at := one;
        ELSIF NOT wrapped THEN
          wrapped := true;
          at := '';
        ELSE
          EXIT;
        END IF;
      END LOOP;
      IF organisations = '{}' THEN
        organisations := more;
        more := '{}';
      END IF;
      EXIT WHEN organisations = '{}';
      quota := ceil((most - cardinality(picked))::float8 / cardinality(organisations));
      FOREACH one IN ARRAY organisations LOOP
        quota := least(quota, most - cardinality(picked));
        EXIT WHEN quota = 0;
        SELECT coalesce(array_agg(n.id), '{}') INTO part FROM (
          SELECT w.id FROM job_waiting w
          WHERE w.lane = of_lane AND w.state = 'ready' AND w.rank = this_rank AND w.organisation_id = one
            AND w.held_by = '{}' AND w.expires_at > clock_timestamp() AND w.job_type = ANY (types)
            AND w.id <> ALL (picked || besides)
          ORDER BY w.run_at, w.id
          LIMIT quota
          FOR UPDATE SKIP LOCKED
        ) n;
        IF cardinality(part) = quota THEN more := more || one; END IF;
        picked := picked || part;
      END LOOP;
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
  retry_count integer, max_retries integer, timeout_ms integer, checkpoints jsonb, place integer
) LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  picked uuid[];
  free uuid[];
  besides uuid[] := '{}';
  given integer := 0;
  claimed integer;
BEGIN
  IF EXISTS (SELECT FROM job_queue q WHERE q.lane = of_lane AND q.state = 'scheduled' AND q.run_at <= now()) THEN
    PERFORM start_due_jobs(of_lane);
  END IF;
  IF EXISTS (SELECT FROM pauses p WHERE p.kind = 'lane' AND p.name = of_lane) THEN RETURN; END IF;
  -- Mostly once; again when a picked row turns out to be no job that can be had.
  FOR round IN 0..9 LOOP
    picked := pick_jobs(of_lane, most - given, types, last_organisation, besides);
    IF cardinality(picked) < most - given AND EXISTS (
      SELECT FROM job_queue q WHERE q.lane = of_lane AND q.state = 'behind'
    ) AND mend_heads(of_lane) THEN
      picked := pick_jobs(of_lane, most - given, types, last_organisation, besides);
    END IF;
    EXIT WHEN cardinality(picked) = 0;

    -- Whoever writes a job has its row of script_jobs and may want that of job_queue, which is ours: do not wait.
    SELECT array_agg(f.id) INTO free FROM (
      SELECT j.id FROM script_jobs j WHERE j.id = ANY (picked) AND j.status = 'pending' FOR NO KEY UPDATE SKIP LOCKED
    ) f;

    RETURN QUERY
    WITH leased AS (
      INSERT INTO job_leases (
        id, token, owner, boot, lane, expires_at, timeout_at, organisation_id, concurrency_key, place
      )
      SELECT q.id, gen_random_uuid(), worker, worker_boot, q.lane, now() + lease,
        now() + q.timeout_ms * interval '1 millisecond', q.organisation_id, q.concurrency_key, pick.place + round * most
      FROM unnest(picked) WITH ORDINALITY AS pick (id, place) JOIN job_queue q ON q.id = pick.id
      WHERE q.id = ANY (free)
      -- In one order everywhere, because an insert waits for another one with the same key.
      ORDER BY q.organisation_id, q.concurrency_key, q.rank, q.run_at, q.id
      ON CONFLICT DO NOTHING
      RETURNING job_leases.id, job_leases.token, job_leases.expires_at, job_leases.place
    )
    UPDATE script_jobs j SET
      status = 'in_progress', attempt = j.attempt + 1, lease_owner = worker, lease_token = leased.token,
      lease_expires_at = leased.expires_at
    FROM leased WHERE j.id = leased.id
    RETURNING j.id, j.job_id::text, j.job_type, j.organisation_id, j.input_payload, j.lease_token, j.attempt, j.retry_count,
      j.max_retries, j.timeout_ms,
      CASE WHEN j.attempt > 1 THEN (
        SELECT jsonb_object_agg(k.name, k.output) FROM job_checkpoints k WHERE k.job_id = j.id
      ) END,
      leased.place;
    GET DIAGNOSTICS claimed = ROW_COUNT;
    given := given + claimed;
    EXIT WHEN claimed = cardinality(picked) OR given >= most;

    -- Another job with the same key got the lease, or the row was left here by the one who ended or removed the job
    -- while it was in somebody's hand.
    UPDATE job_queue q SET state = 'behind' WHERE q.id = ANY (free) AND q.concurrency_key IS NOT NULL;
    DELETE FROM job_queue q WHERE q.id = ANY (picked)
      AND NOT EXISTS (SELECT FROM script_jobs j WHERE j.id = q.id AND j.status = 'pending');
    besides := besides || picked;
  END LOOP;
END
$$
