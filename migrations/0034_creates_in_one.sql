-- Creating jobs with all that belongs to it in one statement: the look for what an Idempotency-Key made before, the jobs, the
-- key, the entries of the audit trail, and the claim for a worker of the same process that waits. One round trip and one flush
-- to disk instead of up to nine and two. Older processes go on with the functions of 0031 and 0032.

-- As in 0031. Who claims in the same transaction tells by himself, of the jobs that he did not get: others would be woken for
-- jobs that are gone when they come. Members cannot say so, as long as it is not the engine's own connection that they have.
CREATE OR REPLACE FUNCTION script_jobs_after_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  total integer;
  special uuid[];
  news jsonb;
BEGIN
  WITH plain AS (
    INSERT INTO job_queue (id, lane, state, rank, organisation_id, job_type, run_at, expires_at, timeout_ms)
    SELECT a.id, a.lane, CASE WHEN a.run_at > now() THEN 'scheduled' ELSE 'ready' END, -a.priority, a.organisation_id,
      a.job_type, a.run_at, a.expires_at, a.timeout_ms
    FROM added a
    WHERE a.status = 'pending' AND a.concurrency_key IS NULL AND a.depends_on = '{}'
  )
  SELECT count(*), array_agg(a.id) FILTER (WHERE a.concurrency_key IS NOT NULL OR a.depends_on <> '{}'), (
    SELECT jsonb_agg(jsonb_build_array(f.id, f.revision, f.lane, ceil(extract(epoch FROM f.run_at - now()) * 1000)))
    FROM (SELECT n.id, n.revision, n.lane, n.run_at FROM added n WHERE n.status = 'pending' LIMIT 20) f
  ) INTO total, special, news FROM added a WHERE a.status = 'pending';
  IF total = 0 THEN RETURN NULL; END IF;
  IF special IS NOT NULL THEN PERFORM queue_new_jobs(special); END IF;
  IF current_setting('callboard.claiming', true) = 'yes' AND has_table_privilege(session_user, 'job_queue'::regclass, 'INSERT')
  THEN RETURN NULL; END IF;
  IF total <= 20 THEN
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

-- A function that is replaced loses this setting. Why it says pg_temp: see 0006.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION script_jobs_after_insert() SET search_path = %I, pg_temp', current_schema());
END
$$

-- next statement

-- Entries of the audit trail, with the columns' names. A job knows its creator's subject only, which of a key is its id.
-- `job` is the id of the job that an entry is about, whose readable id may be another one by now (`renamed`).
-- In PL/pgSQL, which keeps its plan.
CREATE FUNCTION write_audit(entries json, renamed json) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_log (id, organisation_id, via, subject, name, role, action, target, reason, before, after, reference)
  SELECT r.id, r.organisation_id, r.via, r.subject,
    CASE WHEN r.via <> 'job' THEN r.name
      ELSE coalesce((SELECT k.name FROM api_keys k WHERE k.id::text = r.subject), r.name) END,
    r.role, r.action, coalesce(renamed->>r.job, r.target), r.reason, r.before, r.after, r.reference
  FROM json_to_recordset(entries) AS r (
    id uuid, organisation_id text, via text, subject text, name text, role text, action text, target text, reason text,
    before jsonb, after jsonb, reference text, job text
  );
END
$$

-- next statement

-- Looks anew at each call: what claims may take jobs that were stored after its statement began, which that statement itself
-- does not see.
CREATE FUNCTION trace_parent_of(job uuid) RETURNS text LANGUAGE sql VOLATILE
RETURN (SELECT j.trace_parent FROM script_jobs j WHERE j.id = job)

-- next statement

-- Writes new jobs as insert_plain_jobs does. With claims as their caller, otherwise as the engine. What of it is null or none
-- is left out:
--   keyed    { organisation, key, hash (hex), lock, waits }: nothing is made where the key made a job before, which `known`
--            names then. `outcome`: "made"; "known", by the same request; "other", by another one; "in flight", by one that
--            has not ended and is not waited for. Nobody waits who claims: his worker would stand still meanwhile.
--   entries  as write_audit takes them
--   most     up to so many jobs of the lane are claimed for `worker`. The claim is the usual one, so nothing is overtaken, and
--            what it took may be another job than those that were created. `claimed`: rows of claim_jobs, with the trace of
--            each. They go to the worker, never to the caller.
-- `reasons`: why the jobs wait, in one list where all are of one kind (`of_lane`, `of_type`) and ready, otherwise by id.
CREATE FUNCTION create_jobs_at_once(
  of_role text, claims text, shared json, columns json, inputs text, expiry interval, of_lane text, of_type text,
  keyed json, entries json,
  most integer, types text[], last_organisation text, worker text, worker_boot uuid, lease interval,
  OUT outcome text, OUT known uuid, OUT made_at timestamptz, OUT renamed json, OUT reasons jsonb, OUT claimed json
) LANGUAGE plpgsql AS $$
DECLARE
  engine CONSTANT text := current_setting('role');
  ids uuid[];
  gone uuid[];
  waiting uuid[];
  key_lock bigint;
  hash bytea;
  same boolean;
  kept boolean;
BEGIN
  -- The lock ends with the transaction, so one who went away stands in nobody's way.
  IF keyed IS NOT NULL THEN
    hash := decode(keyed->>'hash', 'hex');
    key_lock := hashtextextended(keyed->>'lock', 7210522);
    IF NOT pg_try_advisory_xact_lock(key_lock) THEN
      IF most > 0 OR NOT (keyed->>'waits')::boolean THEN
        outcome := 'in flight';
        RETURN;
      END IF;
      PERFORM pg_advisory_xact_lock(key_lock);
    END IF;
  END IF;
  IF most > 0 THEN PERFORM set_config('callboard.claiming', 'yes', true); END IF;
  IF claims IS NOT NULL THEN PERFORM become_caller(of_role, claims); END IF;
  IF keyed IS NOT NULL THEN
    -- Callers are bound to their own organisation by their claims, Callboard itself says which.
    IF claims IS NULL THEN
      SELECT f.job_id, f.same INTO known, same FROM find_key(keyed->>'organisation', keyed->>'key', hash) f;
    ELSE
      SELECT f.job_id, f.same INTO known, same FROM find_key_for_callers(keyed->>'key', hash) f;
    END IF;
    IF FOUND THEN
      outcome := CASE WHEN same THEN 'known' ELSE 'other' END;
      RETURN;
    END IF;
  END IF;
  outcome := 'made';
  ids := (columns->>'id')::uuid[];
  IF most > 0 THEN
    made_at := now();
    renamed := insert_plain_jobs(shared, columns, inputs, expiry);
  ELSE
    SELECT m.made_at, m.renamed, m.reasons INTO made_at, renamed, reasons
    FROM create_plain_jobs(shared, columns, inputs, expiry, of_lane, of_type, claims IS NOT NULL) m;
  END IF;
  IF keyed IS NOT NULL THEN
    IF claims IS NULL THEN
      kept := keep_key(keyed->>'organisation', keyed->>'key', hash, ids[1], NULL);
    ELSE
      kept := keep_key_for_callers(keyed->>'key', hash, ids[1], NULL);
    END IF;
    -- By one who does not know the lock. Nothing stays of this call.
    IF NOT kept THEN RAISE serialization_failure USING MESSAGE = 'another request has just taken the key'; END IF;
  END IF;
  -- What follows is the engine's own, whoever asked.
  IF claims IS NOT NULL AND (most > 0 OR entries IS NOT NULL) THEN
    PERFORM set_config('role', engine, true), set_config('request.jwt.claims', '', true);
  END IF;
  IF entries IS NOT NULL THEN PERFORM write_audit(entries, renamed); END IF;
  IF most = 0 THEN RETURN; END IF;
  PERFORM set_config('callboard.claiming', 'no', true);
  BEGIN
    SELECT json_agg(taken), array_agg(taken.id) INTO claimed, gone FROM (
      SELECT c.*, trace_parent_of(c.id) AS trace_parent
      FROM claim_jobs(of_lane, most, types, last_organisation, worker, worker_boot, lease) c
    ) taken;
    -- The answer is one message, of at most 16 MiB. A worker that claims by itself gets long rows each in a message of its own.
    IF octet_length(claimed::text) > 8 * 1024 * 1024 THEN RAISE EXCEPTION 'more than one answer holds was claimed'; END IF;
  EXCEPTION WHEN OTHERS THEN
    -- The claim is taken back. The jobs are created all the same, and the worker, which gets nothing, claims by itself. Not
    -- where the statement is cancelled or its time is up, which nothing catches: that takes the jobs back as well. So a
    -- worker asks for no claims while its own take long.
    claimed := NULL;
    gone := NULL;
  END;
  -- A job that was taken at once waits for nothing, and the claim has told of it.
  IF ids <@ gone THEN RETURN; END IF;
  waiting := ARRAY(SELECT i FROM unnest(ids) i WHERE gone IS NULL OR i <> ALL (gone));
  IF cardinality(waiting) <= 20 THEN
    PERFORM notify_of_jobs((SELECT jsonb_agg(jsonb_build_array(w, 1, of_lane, 0)) FROM unnest(waiting) w), NULL, NULL);
  ELSE
    PERFORM notify_of_jobs(NULL, jsonb_build_array(jsonb_build_array(of_lane, 0)), NULL);
  END IF;
  -- As the engine: the jobs were made just now by who asked.
  reasons := (SELECT jsonb_object_agg(w.id, w.reasons) FROM waiting_reasons(waiting) w);
END
$$

-- next statement

SELECT callboard_keep_private('script_jobs_after_insert', 'write_audit', 'trace_parent_of', 'create_jobs_at_once')
