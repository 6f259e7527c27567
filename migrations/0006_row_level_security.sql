-- Who may see and do what, checked by the database for everybody but the owner of the tables (the engine) and roles with
-- BYPASSRLS (`service_role` of a Supabase project).
-- People's queries run as `callboard_member`, with the claims of their token in `request.jwt.claims`, as in PostgREST.
-- Whoever can run SQL of their own choice as that role can also set the claims: they are trusted because only the server
-- sets them and no caller sends SQL. The policies keep a forgotten WHERE from showing another organisation's rows.
-- A policy names no role, so it is valid where the role is missing; privileges decide who gets as far as a policy.

-- Null without claims, so that nothing is allowed then.
CREATE FUNCTION callboard_claims() RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('request.jwt.claims', true), '')::jsonb

-- next statement

-- People can write `user_metadata` of a Supabase token themselves, so nothing is ever read from there.
CREATE FUNCTION callboard_organisation() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(coalesce(
  callboard_claims() #>> '{app_metadata,organisation_id}', callboard_claims() ->> 'organisation_id'
), '')

-- next statement

CREATE FUNCTION callboard_person() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(callboard_claims() ->> 'sub', '')

-- next statement

-- viewer: reads; member: also creates jobs and cancels their own pending ones; operator: also cancels those of others.
-- PostgREST keeps the database's role in `role`, which says nothing about the person. Who has a role that we do not know
-- only reads.
CREATE FUNCTION callboard_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
  WHEN coalesce(callboard_claims() #>> '{app_metadata,role}', callboard_claims() ->> 'role', 'member')
    IN ('member', 'authenticated', 'callboard_member') THEN 'member'
  WHEN coalesce(callboard_claims() #>> '{app_metadata,role}', callboard_claims() ->> 'role')
    IN ('operator', 'admin', 'service') THEN 'operator'
  ELSE 'viewer'
END

-- next statement

-- For tables, views and functions of this schema: only the owner and the service role may touch them, whatever the
-- database's default privileges are (a Supabase project gives everything new to everybody). Each migration that makes
-- one of them calls this first, then gives members what they may have.
CREATE FUNCTION callboard_keep_private(VARIADIC names text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text;
  part record;
  grantee text;
BEGIN
  FOREACH name IN ARRAY names LOOP
    FOR part IN
      SELECT 'TABLE' AS kind, r.oid::regclass::text AS thing, r.relkind FROM pg_class r
      WHERE r.relnamespace = current_schema()::regnamespace AND r.relname = name
      UNION ALL
      SELECT 'SEQUENCE', s.oid::regclass::text, s.relkind FROM pg_class r
      JOIN pg_depend d ON d.refobjid = r.oid AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass
      JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' AND d.classid = 'pg_class'::regclass
      WHERE r.relnamespace = current_schema()::regnamespace AND r.relname = name
      UNION ALL
      SELECT 'FUNCTION', f.oid::regprocedure::text, 'f' FROM pg_proc f
      WHERE f.pronamespace = current_schema()::regnamespace AND f.proname = name
    LOOP
      IF part.relkind IN ('r', 'p') THEN
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', part.thing);
      ELSIF part.relkind = 'v' THEN
        -- Otherwise whoever reads the view would read its tables as the owner.
        EXECUTE format('ALTER VIEW %s SET (security_invoker = true)', part.thing);
      END IF;
      EXECUTE format('REVOKE ALL ON %s %s FROM PUBLIC', part.kind, part.thing);
      FOREACH grantee IN ARRAY ARRAY['callboard_member', 'authenticated', 'anon'] LOOP
        IF to_regrole(grantee) IS NOT NULL THEN
          EXECUTE format('REVOKE ALL ON %s %s FROM %I', part.kind, part.thing, grantee);
        END IF;
      END LOOP;
      IF to_regrole('service_role') IS NOT NULL THEN
        EXECUTE format('GRANT ALL ON %s %s TO service_role', part.kind, part.thing);
      END IF;
    END LOOP;
    IF NOT FOUND THEN RAISE undefined_object USING MESSAGE = 'there is nothing named ' || name; END IF;
  END LOOP;
END
$$

-- next statement

-- What has no privileges below is for the engine alone. Trigger functions are in the list because they run as the owner:
-- whoever may execute them may hang them on a table of their own and feed them rows.
SELECT callboard_keep_private(
  'script_jobs', 'job_attempts', 'job_steps', 'job_checkpoints', 'job_logs', 'job_dependencies', 'idempotency_keys',
  'job_schedules', 'job_queue', 'job_leases', 'pauses', 'workers', 'callboard_migrations',
  'job_waiting', 'lane_loads', 'script_jobs_queue_status', 'script_jobs_failed_summary', 'script_jobs_metrics',
  'script_jobs_before_insert', 'script_jobs_before_update', 'script_jobs_after_insert', 'script_jobs_after_update',
  'script_jobs_after_delete', 'job_schedules_before_update', 'choose_heads', 'fail_dependents', 'check_dependencies',
  'queue_jobs', 'free_dependents', 'notify_of_jobs', 'start_due_jobs', 'headless_keys', 'mend_heads', 'pick_jobs',
  'claim_jobs', 'waiting_reasons', 'callboard_keep_private'
)

-- next statement

-- A path that does not name pg_temp looks there first, and everybody may make temporary tables: one named job_queue would
-- get what these functions do as the owner.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['script_jobs_after_insert', 'script_jobs_after_update', 'script_jobs_after_delete'] LOOP
    EXECUTE format('ALTER FUNCTION %I() SET search_path = %I, pg_temp', name, current_schema());
  END LOOP;
END
$$

-- next statement

-- The claims are read once per query, in a subquery of their own, and then compared with the index of the organisation.
CREATE POLICY members_see_jobs ON script_jobs FOR SELECT
  USING (organisation_id = (SELECT callboard_organisation()))

-- next statement

-- Privileges leave only what a caller of the API may send as well, within the same limits. Ids are in the order of
-- creation, so an id is one of now, give or take what clocks differ.
CREATE POLICY members_create_jobs ON script_jobs FOR INSERT
  WITH CHECK (
    organisation_id = (SELECT callboard_organisation())
    AND created_by = (SELECT callboard_person())
    AND (SELECT callboard_role()) IN ('member', 'operator')
    AND status = 'pending' AND attempt = 0
    AND max_retries <= 50
    AND timeout_ms BETWEEN 1000 AND 86400000
    AND cardinality(labels) <= 20
    AND id >= (SELECT first_id_at(now() - interval '1 hour')) AND id < (SELECT first_id_at(now() + interval '1 hour'))
  )

-- next statement

-- Privileges leave only `status` and `cancel_requested_at`; the lease's constraint keeps a pending job from being made a
-- running one, and script_jobs_leave_to_worker a running one from being made a cancelled one.
CREATE POLICY members_cancel_jobs ON script_jobs FOR UPDATE
  USING (
    organisation_id = (SELECT callboard_organisation())
    AND CASE (SELECT callboard_role())
      WHEN 'operator' THEN status IN ('pending', 'in_progress')
      WHEN 'member' THEN status = 'pending' AND created_by = (SELECT callboard_person())
    END
  )
  WITH CHECK (
    organisation_id = (SELECT callboard_organisation())
    AND (status = 'cancelled' OR (status = 'in_progress' AND cancel_requested_at IS NOT NULL))
  )

-- next statement

-- A policy does not know the row as it was.
CREATE FUNCTION script_jobs_leave_to_worker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF row_security_active(TG_RELID) THEN
    RAISE EXCEPTION 'job % runs: ask its worker to stop it, with cancel_requested_at', OLD.job_id
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$

-- next statement

CREATE TRIGGER script_jobs_leave_to_worker BEFORE UPDATE ON script_jobs
  FOR EACH ROW WHEN (OLD.status = 'in_progress' AND NEW.status = 'cancelled')
  EXECUTE FUNCTION script_jobs_leave_to_worker()

-- next statement

-- A job depends on jobs of its own organisation only, whoever writes it: otherwise it would tell when another
-- organisation's job ends, and how. The answer is the one for a job that does not exist.
CREATE FUNCTION job_dependencies_stay_inside() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  violated CONSTANT text := 'job_dependencies_depends_on_fkey';
  stranger uuid;
BEGIN
  SELECT p.id INTO stranger FROM added a JOIN script_jobs j ON j.id = a.job_id JOIN script_jobs p ON p.id = a.depends_on
  WHERE p.organisation_id <> j.organisation_id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'insert or update on table "job_dependencies" violates foreign key constraint "%"', violated
      USING ERRCODE = 'foreign_key_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = violated,
        DETAIL = format('Key (depends_on)=(%s) is not present in table "script_jobs".', stranger);
  END IF;
  RETURN NULL;
END
$$

-- next statement

CREATE TRIGGER job_dependencies_stay_inside AFTER INSERT ON job_dependencies
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION job_dependencies_stay_inside()

-- next statement

-- What belongs to a job is seen by those who see the job.
CREATE POLICY members_see_attempts ON job_attempts FOR SELECT
  USING (EXISTS (SELECT FROM script_jobs j WHERE j.id = job_attempts.job_id))

-- next statement

CREATE POLICY members_see_steps ON job_steps FOR SELECT
  USING (EXISTS (SELECT FROM script_jobs j WHERE j.id = job_steps.job_id))

-- next statement

CREATE POLICY members_see_checkpoints ON job_checkpoints FOR SELECT
  USING (EXISTS (SELECT FROM script_jobs j WHERE j.id = job_checkpoints.job_id))

-- next statement

CREATE POLICY members_see_logs ON job_logs FOR SELECT
  USING (EXISTS (SELECT FROM script_jobs j WHERE j.id = job_logs.job_id))

-- next statement

CREATE POLICY members_see_dependencies ON job_dependencies FOR SELECT
  USING (EXISTS (SELECT FROM script_jobs j WHERE j.id = job_dependencies.job_id))

-- next statement

CREATE POLICY members_see_schedules ON job_schedules FOR SELECT
  USING (organisation_id = (SELECT callboard_organisation()))

-- next statement

-- Gives a role what members may do. Where the role is made later, by somebody who may, the engine's user calls this then.
CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT has_schema_privilege(member, current_schema(), 'USAGE') THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), member);
  END IF;
  EXECUTE format('GRANT SELECT ON script_jobs, job_attempts, job_steps, job_logs, job_dependencies, job_schedules,
    script_jobs_failed_summary, script_jobs_metrics TO %I', member);
  -- Outputs of steps are for later attempts only, are not sealed, and nobody is ever shown them.
  EXECUTE format('GRANT SELECT (job_id, name, attempt, created_at) ON job_checkpoints TO %I', member);
  EXECUTE format('GRANT INSERT (id, job_id, job_type, lane, priority, input_payload, total_steps, max_retries, run_at,
    timeout_ms, expires_at, organisation_id, restaurant_id, created_by, concurrency_key, dedupe_key, client_ref, batch_id,
    labels, depends_on, on_dependency_failure) ON script_jobs TO %I', member);
  EXECUTE format('GRANT UPDATE (status, cancel_requested_at) ON script_jobs TO %I', member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'script_jobs_leave_to_worker', 'job_dependencies_stay_inside')

-- next statement

-- Roles belong to the whole server: another database may have made this one, or be making it just now. Many hosted
-- databases let their user make no roles; everything else is in place then.
DO $$
BEGIN
  LOOP
    BEGIN
      CREATE ROLE callboard_member NOLOGIN;
      EXIT;
    EXCEPTION
      WHEN duplicate_object THEN EXIT;
      -- Somebody else has just made it. This session sees it when it tries once more, and not before.
      WHEN unique_violation THEN CONTINUE;
      WHEN insufficient_privilege THEN
        IF to_regrole('callboard_member') IS NULL THEN
          RAISE NOTICE 'The role callboard_member is missing.'
            USING HINT = 'Have it made, then run: SELECT callboard_let_in(''callboard_member'')';
        END IF;
        EXIT;
    END;
  END LOOP;
  IF to_regrole('callboard_member') IS NOT NULL THEN
    PERFORM callboard_let_in('callboard_member');
    -- The engine takes this role for people's queries. Superusers can take any.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
      BEGIN
        EXECUTE format('GRANT callboard_member TO %I', current_user);
      EXCEPTION
        WHEN unique_violation THEN NULL;
        WHEN insufficient_privilege THEN
          RAISE NOTICE 'Have this run by who may: GRANT callboard_member TO %', quote_ident(current_user);
      END;
    END IF;
  END IF;
  IF to_regrole('authenticated') IS NOT NULL THEN
    PERFORM callboard_let_in('authenticated');
  END IF;
END
$$
