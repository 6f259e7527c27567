-- What claims, settles and creates many jobs a second: functions that do in one pass what the triggers of 0003 do for
-- whoever else writes script_jobs. And: a job that may have killed its worker is claimed without others of its kind.

-- Plans of these are kept, and may have been made while script_jobs was empty: then joining it as a whole is cheap, and
-- a million jobs later each call reads them all. A list of ids is looked up one by one instead.
ALTER FUNCTION waiting_reasons(uuid[]) SET enable_hashjoin = off

-- next statement

ALTER FUNCTION waiting_reasons(uuid[]) SET enable_mergejoin = off

-- next statement

-- A plan that was made on a handful of rows reads them all, and would go on to do so when they are many. So plans are
-- kept only from a size on where looking rows up is plainly cheaper.
CREATE FUNCTION plan_for_size() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('plan_cache_mode',
    CASE WHEN pg_relation_size('script_jobs') < 32768 THEN 'force_custom_plan' ELSE 'force_generic_plan' END, true);
END
$$

-- next statement

-- From here on all triggers do their work, also for what they change themselves, whatever the caller said of his own.
CREATE OR REPLACE FUNCTION script_jobs_after_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  total integer;
  special uuid[];
  news jsonb;
BEGIN
  PERFORM set_config('callboard.followed', 'no', true), plan_for_size();
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

-- For the same reason ids that a subquery finds are an array here and below: joined, the subquery might come second.
-- For each concurrency key: the first in turn is ready, unless one runs; the others stay behind. Gives the jobs that
-- became ready. What somebody else has in hand is passed over: two jobs in front are sorted out by job_leases_key, and
-- none in front is found by headless_keys.
CREATE OR REPLACE FUNCTION choose_heads(organisations text[], keys text[]) RETURNS uuid[] LANGUAGE plpgsql AS $$
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
    UPDATE job_queue SET state = 'behind' WHERE id = ANY (ARRAY(
      SELECT q.id FROM job_queue q
      WHERE q.organisation_id = turn.organisation AND q.concurrency_key = turn.key AND q.state = 'ready'
        AND q.id IS DISTINCT FROM head
      FOR UPDATE SKIP LOCKED
    ));
    IF head_state = 'behind' THEN
      UPDATE job_queue q SET state = 'ready' WHERE q.id = head;
      promoted := promoted || head;
    END IF;
  END LOOP;
  RETURN promoted;
END
$$

-- next statement

-- Moves delayed jobs that are due into the queue's order.
CREATE OR REPLACE FUNCTION start_due_jobs(of_lane text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  organisations text[];
  keys text[];
BEGIN
  WITH due AS (
    UPDATE job_queue q SET state = CASE WHEN q.concurrency_key IS NULL THEN 'ready' ELSE 'behind' END
    WHERE q.id = ANY (ARRAY(
      SELECT s.id FROM job_queue s WHERE s.lane = of_lane AND s.state = 'scheduled' AND s.run_at <= now()
      ORDER BY s.run_at LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))
    RETURNING q.organisation_id, q.concurrency_key
  )
  SELECT array_agg(organisation_id), array_agg(concurrency_key) INTO organisations, keys
  FROM due WHERE concurrency_key IS NOT NULL;
  IF keys IS NOT NULL THEN PERFORM choose_heads(organisations, keys); END IF;
END
$$

-- next statement

CREATE OR REPLACE FUNCTION script_jobs_after_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  gone uuid[];
  organisations text[];
  keys text[];
  lost uuid[];
  woken uuid[] := '{}';
  news jsonb;
BEGIN
  PERFORM set_config('callboard.followed', 'no', true), plan_for_size();
  SELECT array_agg(r.id), array_agg(r.organisation_id) FILTER (WHERE r.concurrency_key IS NOT NULL),
    array_agg(r.concurrency_key) FILTER (WHERE r.concurrency_key IS NOT NULL)
  INTO gone, organisations, keys
  FROM removed r WHERE r.status IN ('pending', 'in_progress');
  IF gone IS NULL THEN RETURN NULL; END IF;
  -- As in script_jobs_after_update: what a claim has in hand is left to it.
  DELETE FROM job_queue WHERE id = ANY (ARRAY(
    SELECT q.id FROM job_queue q WHERE q.id = ANY (gone) FOR UPDATE SKIP LOCKED
  ));
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

DROP TRIGGER script_jobs_before_update ON script_jobs

-- next statement

-- A start and a completion that already bring everything the function would work out skip it, and with it most of its
-- cost. Whatever is not exactly one of these two moves goes through the state machine.
CREATE TRIGGER script_jobs_before_update BEFORE UPDATE ON script_jobs FOR EACH ROW
WHEN ((
  NEW.revision = OLD.revision + 1 AND NEW.updated_at = now() AND NEW.dedupe_key IS NULL AND NEW.failed_at IS NULL
  AND NEW.cancelled_at IS NULL AND NEW.error_fingerprint IS NULL AND NEW.next_retry_at IS NULL
  AND ((
    OLD.status = 'pending' AND NEW.status = 'in_progress' AND NEW.started_at = now() AND NEW.completed_at IS NULL
    AND NEW.timeout_at = now() + NEW.timeout_ms * interval '1 millisecond'
  ) OR (
    OLD.status = 'in_progress' AND NEW.status = 'completed' AND NEW.completed_at = now() AND NEW.timeout_at IS NULL
    AND NEW.lease_token IS NULL AND NEW.lease_expires_at IS NULL
  ))
) IS NOT TRUE)
EXECUTE FUNCTION script_jobs_before_update()

-- next statement

-- Tells what changed: up to 20 jobs one by one, more of them by lane. `woken` did not change themselves, but may start.
CREATE FUNCTION tell_of_changes(total integer, jobs jsonb, lanes jsonb, woken uuid[], cancelled jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF total = 0 AND woken = '{}' THEN RETURN; END IF;
  IF total + cardinality(woken) <= 20 THEN
    IF woken <> '{}' THEN
      SELECT jobs || coalesce(
        jsonb_agg(jsonb_build_array(j.id, j.revision, j.lane, ceil(extract(epoch FROM j.run_at - now()) * 1000))), '[]'
      ) INTO jobs
      FROM script_jobs j WHERE j.id = ANY (woken) AND NOT jobs @> jsonb_build_array(jsonb_build_array(j.id));
    END IF;
    PERFORM notify_of_jobs(jobs, NULL, cancelled);
  ELSE
    IF woken <> '{}' THEN
      SELECT lanes || coalesce(jsonb_agg(jsonb_build_array(w.lane, w.due)), '[]') INTO lanes FROM (
        SELECT q.lane, ceil(extract(epoch FROM min(q.run_at) - now()) * 1000) AS due
        FROM job_queue q WHERE q.id = ANY (woken) GROUP BY q.lane
      ) w;
    END IF;
    -- 100 ids fill most of what one notification may hold; the workers hear of more with their next beat.
    PERFORM notify_of_jobs(NULL, lanes, CASE WHEN jsonb_array_length(cancelled) <= 100 THEN cancelled END);
  END IF;
END
$$

-- next statement

-- A job that may have killed its worker waits for the end of another such job, so this end is news for its lane.
CREATE FUNCTION tell_suspects() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lanes jsonb;
BEGIN
  SELECT jsonb_agg(jsonb_build_array(s.lane, 0)) INTO lanes FROM (
    SELECT DISTINCT q.lane FROM job_queue q WHERE q.suspect AND q.state = 'ready'
  ) s;
  IF lanes IS NOT NULL THEN PERFORM notify_of_jobs(NULL, lanes, NULL); END IF;
END
$$

-- next statement

-- What the ends of jobs mean for others: dependents, and the next in turn of their keys. Gives those that may start now.
CREATE FUNCTION follow_ends(ended uuid[], organisations text[], keys text[]) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
  woken uuid[] := '{}';
BEGIN
  IF ended IS NOT NULL AND EXISTS (SELECT FROM job_dependencies d WHERE d.depends_on = ANY (ended) AND NOT d.met) THEN
    woken := free_dependents(ended);
    PERFORM fail_dependents(ended);
  END IF;
  IF keys IS NOT NULL THEN woken := woken || choose_heads(organisations, keys); END IF;
  RETURN woken;
END
$$

-- next statement

CREATE OR REPLACE FUNCTION script_jobs_after_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  total integer;
  no_longer_pending uuid[];
  no_longer_running uuid[];
  queued uuid[];
  ended uuid[];
  restarted boolean;
  suspicious boolean;
  organisations text[];
  keys text[];
  woken uuid[] := '{}';
  jobs jsonb := '[]';
  lanes jsonb := '[]';
  cancelled jsonb;
BEGIN
  PERFORM set_config('callboard.followed', 'no', true), plan_for_size();
  -- The plan is made for a few rows and kept; with hundreds of rows, a nested loop over both tables would take 100 ms.
  PERFORM set_config('enable_nestloop', 'off', true), set_config('enable_hashjoin', 'on', true);
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
    coalesce(bool_or(o.crash_count > 0 AND o.status = 'in_progress' AND n.status <> o.status), false),
    array_agg(o.organisation_id) FILTER (WHERE o.concurrency_key IS NOT NULL AND n.status <> o.status),
    array_agg(o.concurrency_key) FILTER (WHERE o.concurrency_key IS NOT NULL AND n.status <> o.status),
    jsonb_agg(n.id) FILTER (
      WHERE n.status = 'in_progress' AND n.cancel_requested_at IS NOT NULL AND o.cancel_requested_at IS NULL
    )
  INTO total, no_longer_pending, no_longer_running, queued, ended, restarted, suspicious, organisations, keys, cancelled
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
  PERFORM set_config('enable_nestloop', 'on', true), set_config('enable_hashjoin', 'off', true);

  -- A row that a claim has in hand is left to that claim, which looks at the job's status before it takes it.
  IF no_longer_pending IS NOT NULL THEN
    DELETE FROM job_queue WHERE id = ANY (ARRAY(
      SELECT q.id FROM job_queue q WHERE q.id = ANY (no_longer_pending) FOR UPDATE SKIP LOCKED
    ));
  END IF;
  IF no_longer_running IS NOT NULL THEN
    DELETE FROM job_leases WHERE id = ANY (no_longer_running);
  END IF;
  IF queued IS NOT NULL THEN woken := queue_jobs(queued); END IF;
  woken := woken || follow_ends(ended, organisations, keys);
  PERFORM tell_of_changes(total, jobs, lanes, woken, cancelled);
  IF suspicious THEN PERFORM tell_suspects(); END IF;
  RETURN NULL;
END
$$

-- next statement

DROP TRIGGER script_jobs_after_update ON script_jobs

-- next statement

-- claim_jobs and settle_jobs do this work themselves. Only who may write the queue can say so.
CREATE TRIGGER script_jobs_after_update AFTER UPDATE ON script_jobs
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT
  WHEN ((current_setting('callboard.followed', true) = 'yes' AND has_table_privilege('job_queue'::regclass, 'DELETE'))
    IS NOT TRUE)
  EXECUTE FUNCTION script_jobs_after_update()

-- next statement

-- Replacing the functions took away what 0006 set.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION script_jobs_after_insert() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION script_jobs_after_update() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION script_jobs_after_delete() SET search_path = %I, pg_temp', current_schema());
END
$$

-- next statement

-- A job that was in hand when its worker died may be what killed it. Together with others it would take them down again,
-- until all of them had crashed too often; so a worker has one such job in hand at a time.
ALTER TABLE job_queue ADD COLUMN suspect boolean NOT NULL DEFAULT false

-- next statement

UPDATE job_queue q SET suspect = true FROM script_jobs j WHERE j.id = q.id AND j.crash_count > 0

-- next statement

CREATE INDEX job_queue_suspects ON job_queue (lane, rank, run_at, id) WHERE suspect AND state = 'ready'

-- next statement

CREATE OR REPLACE VIEW job_waiting AS
SELECT q.id, q.lane, q.state, q.rank, q.organisation_id, q.job_type, q.run_at, q.expires_at, q.timeout_ms,
  q.concurrency_key, q.unmet_dependencies, array_remove(ARRAY[
    CASE WHEN q.run_at > now() THEN 'scheduled' END,
    CASE WHEN ('lane', q.lane) IN (SELECT kind, name FROM pauses) THEN 'paused_lane' END,
    CASE WHEN ('type', q.job_type) IN (SELECT kind, name FROM pauses) THEN 'paused_type' END,
    CASE WHEN q.unmet_dependencies > 0 THEN 'dependency' END,
    CASE WHEN q.state = 'behind' THEN 'concurrency_key' END
  ], NULL) AS held_by,
  q.suspect
FROM job_queue q

-- next statement

-- Puts pending jobs into the queue, or in their new place. Gives the jobs that became first in turn of their key.
CREATE OR REPLACE FUNCTION queue_jobs(jobs uuid[]) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
  organisations text[];
  keys text[];
BEGIN
  PERFORM check_dependencies(jobs);
  WITH queued AS (
    INSERT INTO job_queue AS q (
      id, lane, state, rank, organisation_id, job_type, run_at, expires_at, timeout_ms, concurrency_key, unmet_dependencies,
      suspect
    )
    SELECT j.id, j.lane,
      CASE
        WHEN needs.unmet > 0 THEN 'blocked'
        WHEN j.run_at > clock_timestamp() THEN 'scheduled'
        WHEN j.concurrency_key IS NOT NULL THEN 'behind'
        ELSE 'ready' END,
      -j.priority, j.organisation_id, j.job_type, j.run_at, j.expires_at, j.timeout_ms, j.concurrency_key, needs.unmet,
      j.crash_count > 0
    FROM script_jobs j,
      LATERAL (SELECT count(*) AS unmet FROM job_dependencies d WHERE d.job_id = j.id AND NOT d.met) needs
    WHERE j.id = ANY (jobs) AND j.status = 'pending'
    ON CONFLICT (id) DO UPDATE SET lane = excluded.lane, state = excluded.state, rank = excluded.rank,
      organisation_id = excluded.organisation_id, job_type = excluded.job_type, run_at = excluded.run_at,
      expires_at = excluded.expires_at, timeout_ms = excluded.timeout_ms, concurrency_key = excluded.concurrency_key,
      unmet_dependencies = excluded.unmet_dependencies, suspect = excluded.suspect
    RETURNING q.organisation_id, q.concurrency_key
  )
  SELECT array_agg(organisation_id), array_agg(concurrency_key) INTO organisations, keys
  FROM queued WHERE concurrency_key IS NOT NULL;
  RETURN CASE WHEN keys IS NULL THEN '{}' ELSE choose_heads(organisations, keys) END;
END
$$

-- next statement

DROP FUNCTION pick_jobs(text, integer, text[], text, uuid[])

-- next statement

-- Locks and returns up to `most` jobs of a lane: higher priorities first, inside a priority one organisation after the
-- other, starting after `last_organisation`, and inside an organisation the oldest first. An organisation whose jobs
-- cannot be taken now does not use up a turn. `besides`: not these.
-- `one_suspect`: the only one of the suspects that may be among them.
CREATE FUNCTION pick_jobs(
  of_lane text, most integer, types text[], last_organisation text, besides uuid[], one_suspect uuid
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
            AND w.id <> ALL (picked || besides) AND (NOT w.suspect OR w.id = one_suspect)
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
CREATE OR REPLACE FUNCTION claim_jobs(
  of_lane text, most integer, types text[], last_organisation text, worker text, worker_boot uuid, lease interval
) RETURNS TABLE (
  id uuid, job_id text, job_type text, organisation_id text, input_payload jsonb, lease_token uuid, attempt integer,
  retry_count integer, max_retries integer, timeout_ms integer, checkpoints jsonb, place integer
) LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  picked uuid[];
  free uuid[];
  leased uuid[];
  all_leased uuid[] := '{}';
  besides uuid[] := '{}';
  organisations text[];
  keys text[];
  one_suspect uuid;
  news jsonb := '[]';
BEGIN
  PERFORM plan_for_size();
  IF EXISTS (SELECT FROM job_queue q WHERE q.lane = of_lane AND q.state = 'scheduled' AND q.run_at <= now()) THEN
    PERFORM start_due_jobs(of_lane);
  END IF;
  IF EXISTS (SELECT FROM pauses p WHERE p.kind = 'lane' AND p.name = of_lane) THEN RETURN; END IF;
  -- Mostly once; again when a picked row turns out to be no job that can be had.
  FOR round IN 0..9 LOOP
    SELECT w.id INTO one_suspect FROM job_waiting w
    WHERE w.lane = of_lane AND w.suspect AND w.state = 'ready' AND w.held_by = '{}' AND w.expires_at > clock_timestamp()
      AND w.job_type = ANY (types) AND w.id <> ALL (besides)
    ORDER BY w.rank, w.run_at, w.id LIMIT 1;
    -- In any lane: what dies, dies with all of them. The lanes of a worker claim at the same time.
    IF FOUND THEN
      IF NOT pg_try_advisory_xact_lock(hashtextextended(worker_boot::text, 7)) THEN
        one_suspect := NULL;
      ELSIF EXISTS (
        SELECT FROM job_leases l JOIN script_jobs j ON j.id = l.id WHERE l.boot = worker_boot AND j.crash_count > 0
      ) THEN
        one_suspect := NULL;
      END IF;
    END IF;
    picked := pick_jobs(of_lane, most - cardinality(all_leased), types, last_organisation, besides, one_suspect);
    IF cardinality(picked) < most - cardinality(all_leased) AND EXISTS (
      SELECT FROM job_queue q WHERE q.lane = of_lane AND q.state = 'behind'
    ) AND mend_heads(of_lane) THEN
      picked := pick_jobs(of_lane, most - cardinality(all_leased), types, last_organisation, besides, one_suspect);
    END IF;
    EXIT WHEN cardinality(picked) = 0;

    -- Whoever writes a job has its row of script_jobs and may want that of job_queue, which is ours: do not wait.
    SELECT array_agg(f.id ORDER BY f.place) INTO free FROM (
      SELECT j.id, pick.place FROM unnest(picked) WITH ORDINALITY AS pick (id, place)
      JOIN script_jobs j ON j.id = pick.id AND j.status = 'pending'
      FOR NO KEY UPDATE OF j SKIP LOCKED
    ) f;

    WITH inserted AS (
      INSERT INTO job_leases (
        id, token, owner, boot, lane, expires_at, timeout_at, organisation_id, concurrency_key, place
      )
      SELECT q.id, gen_random_uuid(), worker, worker_boot, q.lane, now() + lease,
        now() + q.timeout_ms * interval '1 millisecond', q.organisation_id, q.concurrency_key, pick.place + round * most
      FROM unnest(free) WITH ORDINALITY AS pick (id, place) JOIN job_queue q ON q.id = pick.id
      -- In one order everywhere, because an insert waits for another one with the same key.
      ORDER BY q.organisation_id, q.concurrency_key, q.rank, q.run_at, q.id
      ON CONFLICT DO NOTHING
      RETURNING job_leases.id, job_leases.organisation_id, job_leases.concurrency_key
    )
    SELECT coalesce(array_agg(i.id), '{}'), array_agg(i.organisation_id) FILTER (WHERE i.concurrency_key IS NOT NULL),
      array_agg(i.concurrency_key) FILTER (WHERE i.concurrency_key IS NOT NULL)
    INTO leased, organisations, keys FROM inserted i;

    PERFORM set_config('callboard.followed', 'yes', true);
    RETURN QUERY
    UPDATE script_jobs j SET
      status = 'in_progress', attempt = j.attempt + 1, lease_owner = worker, lease_token = l.token,
      lease_expires_at = l.expires_at, started_at = now(), timeout_at = now() + j.timeout_ms * interval '1 millisecond',
      next_retry_at = NULL, updated_at = now(), revision = j.revision + 1
    FROM job_leases l
    WHERE l.id = ANY (leased) AND j.id = l.id
    RETURNING j.id, j.job_id::text, j.job_type, j.organisation_id, j.input_payload, j.lease_token, j.attempt, j.retry_count,
      j.max_retries, j.timeout_ms,
      CASE WHEN j.attempt > 1 THEN (
        SELECT jsonb_object_agg(k.name, k.output) FROM job_checkpoints k WHERE k.job_id = j.id
      ) END,
      l.place;
    PERFORM set_config('callboard.followed', 'no', true);
    DELETE FROM job_queue q WHERE q.id = ANY (leased);
    IF keys IS NOT NULL THEN PERFORM choose_heads(organisations, keys); END IF;
    all_leased := all_leased || leased;
    EXIT WHEN cardinality(leased) = cardinality(picked) OR cardinality(all_leased) >= most;

    -- Another job with the same key got the lease, or the row was left here by the one who ended or removed the job
    -- while it was in somebody's hand.
    UPDATE job_queue q SET state = 'behind' WHERE q.id = ANY (free) AND q.concurrency_key IS NOT NULL;
    DELETE FROM job_queue q WHERE q.id = ANY (picked)
      AND NOT EXISTS (SELECT FROM script_jobs j WHERE j.id = q.id AND j.status = 'pending');
    besides := besides || picked;
  END LOOP;
  IF cardinality(all_leased) BETWEEN 1 AND 20 THEN
    SELECT jsonb_agg(jsonb_build_array(j.id, j.revision, j.lane, NULL)) INTO news
    FROM script_jobs j WHERE j.id = ANY (all_leased);
  END IF;
  PERFORM tell_of_changes(
    cardinality(all_leased), news, jsonb_build_array(jsonb_build_array(of_lane, NULL)), '{}', NULL
  );
END
$$

-- next statement

-- Records how attempts ended and gives the tokens that were still held. Both lists are in the order of their ids.
-- `completed`: [{ id, token, result }]. `others`:
-- [{ id, token, status, outcome, code, message, retryable, step, hint, delay_seconds }]. A job that was asked to stop
-- while it failed or was handed back does not go on.
CREATE FUNCTION settle_jobs(completed json, others json) RETURNS SETOF uuid LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  ended uuid[];
  tokens uuid[];
  stepped uuid[];
  organisations text[];
  keys text[];
  lanes jsonb;
  suspicious boolean;
  news jsonb := '[]';
BEGIN
  PERFORM plan_for_size();
  -- In one order everywhere: whoever needs several of these jobs takes their rows by id.
  IF json_array_length(completed) > 0 AND json_array_length(others) > 0 THEN
    PERFORM FROM script_jobs j WHERE j.id IN (
      SELECT g.id FROM json_to_recordset(completed) AS g (id uuid)
      UNION ALL SELECT g.id FROM json_to_recordset(others) AS g (id uuid)
    ) ORDER BY j.id FOR NO KEY UPDATE;
  END IF;
  PERFORM set_config('callboard.followed', 'yes', true);
  WITH settled AS (
    UPDATE script_jobs j SET
      status = 'completed', result = g.result, error_code = NULL, error_message = NULL, error_retryable = NULL,
      error_step = NULL, error_hint = NULL, progress_percent = 100, completed_at = now(), timeout_at = NULL,
      lease_token = NULL, lease_expires_at = NULL, next_retry_at = NULL, updated_at = now(), revision = j.revision + 1
    FROM json_to_recordset(completed) AS g (id uuid, token uuid, result jsonb)
    WHERE j.id = g.id AND j.lease_token = g.token
    RETURNING j.id, g.token, j.lane, j.organisation_id, j.concurrency_key, j.total_steps, j.crash_count
  )
  SELECT array_agg(s.id), array_agg(s.token), array_agg(s.id) FILTER (WHERE s.total_steps > 0),
    array_agg(s.organisation_id) FILTER (WHERE s.concurrency_key IS NOT NULL),
    array_agg(s.concurrency_key) FILTER (WHERE s.concurrency_key IS NOT NULL),
    jsonb_agg(DISTINCT jsonb_build_array(s.lane, NULL)), bool_or(s.crash_count > 0)
  INTO ended, tokens, stepped, organisations, keys, lanes, suspicious FROM settled s;
  PERFORM set_config('callboard.followed', 'no', true);

  IF ended IS NOT NULL THEN
    DELETE FROM job_leases l WHERE l.id = ANY (ended);
    IF stepped IS NOT NULL THEN
      UPDATE job_steps s SET ended_at = now(), outcome = 'stopped'
      FROM script_jobs j
      WHERE j.id = ANY (stepped) AND s.job_id = j.id AND s.attempt = j.attempt AND s.ended_at IS NULL;
    END IF;
    IF cardinality(ended) <= 20 THEN
      SELECT jsonb_agg(jsonb_build_array(j.id, j.revision, j.lane, NULL)) INTO news
      FROM script_jobs j WHERE j.id = ANY (ended);
    END IF;
    PERFORM tell_of_changes(cardinality(ended), news, lanes, follow_ends(ended, organisations, keys), NULL);
    IF suspicious THEN PERFORM tell_suspects(); END IF;
    RETURN QUERY SELECT unnest(tokens);
  END IF;

  IF json_array_length(others) = 0 THEN RETURN; END IF;
  RETURN QUERY
  WITH given AS (
    SELECT * FROM json_to_recordset(others) AS g (
      id uuid, token uuid, status text, outcome text, code text, message text, retryable boolean, step text, hint text,
      delay_seconds float8
    )
  ), settled AS (
    UPDATE script_jobs j SET
      status = CASE WHEN g.status = 'pending' AND j.cancel_requested_at IS NOT NULL THEN 'cancelled' ELSE g.status END,
      result = NULL,
      error_code = g.code, error_message = g.message, error_retryable = g.retryable, error_step = g.step,
      error_hint = g.hint,
      retry_count = j.retry_count
        + CASE WHEN g.delay_seconds IS NULL OR j.cancel_requested_at IS NOT NULL THEN 0 ELSE 1 END,
      run_at = CASE WHEN g.delay_seconds IS NULL THEN j.run_at
        ELSE now() + g.delay_seconds * interval '1 second' END,
      next_retry_at = now() + g.delay_seconds * interval '1 second'
    FROM given g WHERE j.id = g.id AND j.lease_token = g.token
    RETURNING j.id, g.token, j.attempt, g.status, j.started_at, j.lease_owner, g.outcome, g.code, g.message,
      g.retryable, g.step, g.hint
  ), kept AS (
    -- Also when the job was cancelled instead: its row would not say that the attempt failed, or how.
    INSERT INTO job_attempts (
      job_id, attempt, worker, started_at, ended_at, outcome, error_code, error_message, error_retryable, error_step,
      error_hint
    )
    SELECT s.id, s.attempt, s.lease_owner, s.started_at, now(), s.outcome, s.code, s.message, s.retryable, s.step, s.hint
    FROM settled s WHERE s.status = 'pending'
  ), stopped AS (
    UPDATE job_steps t SET ended_at = now(), outcome = 'stopped'
    FROM settled s WHERE t.job_id = s.id AND t.attempt = s.attempt AND t.ended_at IS NULL
  )
  SELECT s.token FROM settled s;
END
$$

-- next statement

-- Writes new jobs and gives their ids; a job whose dedupe key is taken is left out. `expiry`: how long a job may wait and
-- run in all, unless it says otherwise. The last part of a readable id is random, but short: where one is taken, all
-- jobs of the call get new ones, which `renamed` tells: { id: job_id }.
CREATE FUNCTION insert_jobs(jobs json, expiry interval, OUT written uuid[], OUT renamed json) LANGUAGE plpgsql AS $$
DECLARE
  broken text;
BEGIN
  FOR try IN 1..5 LOOP
    BEGIN
      WITH inserted AS (
        INSERT INTO script_jobs AS j (
          id, job_id, job_type, lane, priority, input_payload, total_steps, max_retries, timeout_ms, run_at, expires_at,
          restaurant_id, created_by, client_ref, concurrency_key, dedupe_key, depends_on, on_dependency_failure,
          batch_id, labels
        )
        SELECT n.id, n.job_id, n.job_type, n.lane, coalesce(n.priority, 0), n.input, n.total_steps, n.max_retries,
          n.timeout_ms, coalesce(n.run_at, now()), coalesce(n.expires_at, greatest(n.run_at, now()) + expiry),
          n.restaurant_id, n.created_by, n.client_ref, n.concurrency_key, n.dedupe_key, coalesce(n.depends_on, '{}'),
          coalesce(n.on_dependency_failure, 'fail'), n.batch_id, coalesce(n.labels, '{}')
        FROM json_to_recordset(jobs) AS n (
          id uuid, job_id text, job_type text, lane text, priority smallint, input jsonb, total_steps integer,
          max_retries integer, timeout_ms integer, run_at timestamptz, expires_at timestamptz, restaurant_id text,
          created_by text, client_ref text, concurrency_key text, dedupe_key text, depends_on uuid[],
          on_dependency_failure text, batch_id uuid, labels text[]
        )
        -- Two calls with the same keys would otherwise wait for each other.
        ORDER BY n.dedupe_key, n.id
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

-- Writes new jobs, and reads them as they are after it, with what they wait for: one round trip.
CREATE FUNCTION create_jobs(jobs json, expiry interval) RETURNS TABLE (
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
  FROM script_jobs j LEFT JOIN waiting_reasons(ids) w ON w.id = j.id
  WHERE j.id = ANY (ids);
END
$$

-- next statement

SELECT callboard_keep_private(
  'job_waiting', 'plan_for_size', 'tell_of_changes', 'tell_suspects', 'follow_ends', 'pick_jobs', 'settle_jobs', 'insert_jobs', 'create_jobs'
)
