-- Jobs that may kill their worker at any moment: they were in hand when one died, and were started again. One that was so once
-- and has run for a minute has most likely not been the reason, and one that asks somebody only waits. Other suspects wait for
-- these: where one that was in hand twice did not keep them, it would take the same others along to the third time. What is
-- claimed ahead has its whole time before it with each beat, so its minute has not begun.
CREATE VIEW suspects_in_hand AS
SELECT l.boot FROM job_leases l JOIN script_jobs j ON j.id = l.id
WHERE j.crash_count > 0 AND NOT l.asked AND (
  j.crash_count > 1 OR l.timeout_at - j.timeout_ms * interval '1 millisecond' > now() - interval '1 minute'
)

-- next statement

-- As in 0007, but for how long the other suspects wait.
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
      ELSIF EXISTS (SELECT FROM suspects_in_hand s WHERE s.boot = worker_boot) THEN
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

-- As in 0009, and as claim_jobs does it.
CREATE OR REPLACE FUNCTION explain_waiting(jobs uuid[]) RETURNS TABLE (id uuid, reasons jsonb) LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM plan_for_size();
  RETURN QUERY
  WITH loads AS MATERIALIZED (SELECT * FROM lane_loads), reason AS (
    SELECT w.id, held.place, jsonb_strip_nulls(jsonb_build_object(
      'code', CASE
        WHEN held.code = 'scheduled' AND EXISTS (
          SELECT FROM job_prompts p WHERE p.job_id = w.id AND p.attempt = j.attempt AND p.state = 'postponed'
        ) THEN 'prompts_full'
        WHEN held.code = 'scheduled' AND j.retry_count > 0 THEN 'backoff'
        ELSE held.code END,
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
      -- It may have killed a worker, and such jobs run one at a time.
      WHEN able.claiming > 0 AND q.suspect AND EXISTS (SELECT FROM suspects_in_hand)
        THEN '{"code": "pool_full", "limit": 1}'
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
    SELECT o.job_id, 0, jsonb_build_object(
      'code', 'needs_input',
      'since', to_char(o.asked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'until', to_char(o.deadline AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    )
    FROM open_prompts o WHERE o.job_id = ANY (jobs)
    UNION ALL
    SELECT l.id, 0, '{"code": "lease_lost"}' FROM job_leases l WHERE l.id = ANY (jobs) AND l.expires_at < now()
  )
  SELECT r.id, jsonb_agg(r.reason ORDER BY r.place) FROM reason r WHERE r.reason IS NOT NULL GROUP BY r.id;
END
$$

-- next statement

-- Keys of the lane with jobs behind and nobody in front. At most as many are visited, and the next visit over the same
-- connection goes on there; NULL: all of them.
CREATE FUNCTION visit_keys(of_lane text, most integer) RETURNS TABLE (organisation text, key text) LANGUAGE plpgsql AS $$
DECLARE
  places jsonb := coalesce(nullif(current_setting('callboard.mended', true), ''), '{}')::jsonb;
  last_organisation text COLLATE "C" := coalesce(CASE WHEN most IS NOT NULL THEN places->of_lane->>0 END, '');
  last_key text COLLATE "C" := coalesce(CASE WHEN most IS NOT NULL THEN places->of_lane->>1 END, '');
  visited integer;
  organisations text[];
  keys text[];
BEGIN
  WITH RECURSIVE turns AS (
    (SELECT q.organisation_id, q.concurrency_key, 1 AS place FROM job_queue q
     WHERE q.lane = of_lane AND q.state = 'behind'
       AND (q.organisation_id, q.concurrency_key) > (last_organisation, last_key)
     ORDER BY q.organisation_id, q.concurrency_key LIMIT 1)
    UNION ALL
    SELECT next.organisation_id, next.concurrency_key, turns.place + 1 FROM turns, LATERAL (
      SELECT q.organisation_id, q.concurrency_key FROM job_queue q
      WHERE q.lane = of_lane AND q.state = 'behind'
        AND (q.organisation_id, q.concurrency_key) > (turns.organisation_id, turns.concurrency_key)
      ORDER BY q.organisation_id, q.concurrency_key LIMIT 1
    ) next
    WHERE most IS NULL OR turns.place < most
  ), looked AS (
    SELECT t.*, NOT EXISTS (
      SELECT FROM job_queue q
      WHERE q.organisation_id = t.organisation_id AND q.concurrency_key = t.concurrency_key AND q.state = 'ready'
    ) AND NOT EXISTS (
      SELECT FROM job_leases l WHERE l.organisation_id = t.organisation_id AND l.concurrency_key = t.concurrency_key
    ) AS headless
    FROM turns t
  )
  SELECT count(*), array_agg(l.organisation_id) FILTER (WHERE l.headless), array_agg(l.concurrency_key) FILTER (WHERE l.headless),
    (array_agg(l.organisation_id ORDER BY l.place DESC))[1], (array_agg(l.concurrency_key ORDER BY l.place DESC))[1]
  INTO visited, organisations, keys, last_organisation, last_key FROM looked l;
  -- After the last key the first one is next.
  IF visited = most THEN
    places := places || jsonb_build_object(of_lane, jsonb_build_array(last_organisation, last_key));
  ELSE
    places := places - of_lane;
  END IF;
  IF places::text <> coalesce(nullif(current_setting('callboard.mended', true), ''), '{}') THEN
    PERFORM set_config('callboard.mended', places::text, false);
  END IF;
  RETURN QUERY SELECT * FROM unnest(organisations, keys);
END
$$

-- next statement

SELECT callboard_keep_private('suspects_in_hand', 'visit_keys')

-- next statement

-- As in 0003, but no more than a beat has time for: it renews leases as well.
CREATE OR REPLACE FUNCTION headless_keys(of_lane text) RETURNS TABLE (organisation text, key text) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM plan_for_size();
  RETURN QUERY SELECT * FROM visit_keys(of_lane, 1000);
END
$$

-- next statement

-- As in 0039, which says why a lane without ready jobs is visited whole.
CREATE OR REPLACE FUNCTION mend_heads(of_lane text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  organisations text[];
  keys text[];
BEGIN
  SELECT array_agg(v.organisation), array_agg(v.key) INTO organisations, keys FROM visit_keys(
    of_lane, CASE WHEN EXISTS (SELECT FROM job_queue q WHERE q.lane = of_lane AND q.state = 'ready') THEN 1000 END
  ) v;
  RETURN keys IS NOT NULL AND choose_heads(organisations, keys) <> '{}';
END
$$
