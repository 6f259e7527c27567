-- The trace that a job belongs to, as W3C Trace Context writes it: its attempts join the trace of who created it. Additive:
-- whoever does not know the column writes jobs without it.

ALTER TABLE script_jobs ADD COLUMN trace_parent text

-- next statement

-- Not valid: rows that were there have none, and looking at each of them would hold up everybody.
ALTER TABLE script_jobs ADD CONSTRAINT trace_parent_is_one
  CHECK (trace_parent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$') NOT VALID

-- next statement

-- As in 0012, with the trace.
CREATE OR REPLACE FUNCTION insert_jobs(jobs json, expiry interval, OUT written uuid[], OUT renamed json)
LANGUAGE plpgsql AS $$
DECLARE
  broken text;
BEGIN
  FOR try IN 1..5 LOOP
    BEGIN
      WITH inserted AS (
        INSERT INTO script_jobs AS j (
          id, job_id, job_type, lane, priority, input_payload, total_steps, max_retries, timeout_ms, run_at, expires_at,
          organisation_id, restaurant_id, created_by, client_ref, concurrency_key, dedupe_key, depends_on,
          on_dependency_failure, batch_id, labels, trace_parent
        )
        SELECT n.id, n.job_id, n.job_type, n.lane, coalesce(n.priority, 0), n.input, n.total_steps, n.max_retries,
          n.timeout_ms, coalesce(n.run_at, now()), coalesce(n.expires_at, greatest(n.run_at, now()) + expiry),
          coalesce(n.organisation_id, 'default'), n.restaurant_id, n.created_by, n.client_ref, n.concurrency_key,
          n.dedupe_key, coalesce(n.depends_on, '{}'), coalesce(n.on_dependency_failure, 'fail'), n.batch_id,
          coalesce(n.labels, '{}'), n.trace_parent
        FROM json_to_recordset(jobs) AS n (
          id uuid, job_id text, job_type text, lane text, priority smallint, input jsonb, total_steps integer,
          max_retries integer, timeout_ms integer, run_at timestamptz, expires_at timestamptz, organisation_id text,
          restaurant_id text, created_by text, client_ref text, concurrency_key text, dedupe_key text,
          depends_on uuid[], on_dependency_failure text, batch_id uuid, labels text[], trace_parent text
        )
        -- Two calls with the same keys would otherwise wait for each other.
        ORDER BY n.organisation_id, n.dedupe_key, n.id
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

CREATE FUNCTION callboard_let_in_to_traces(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT INSERT (trace_parent) ON script_jobs TO %I', member);
END
$$

-- next statement

ALTER FUNCTION callboard_let_in(text) RENAME TO callboard_let_in_but_to_traces

-- next statement

-- What a role gets that is made later stays one call.
CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM callboard_let_in_but_to_traces(member);
  PERFORM callboard_let_in_to_traces(member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'callboard_let_in_to_traces')

-- next statement

DO $$
DECLARE
  member text;
BEGIN
  FOREACH member IN ARRAY ARRAY['callboard_member', 'authenticated'] LOOP
    IF to_regrole(member) IS NOT NULL THEN PERFORM callboard_let_in_to_traces(member); END IF;
  END LOOP;
END
$$
