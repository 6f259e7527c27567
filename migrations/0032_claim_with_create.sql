-- Who creates a job where a worker of the same process waits for one has it claimed in the same transaction: one flush to disk
-- instead of two, and no notification to wait for. The claim is the usual one, so nothing is overtaken, and what it took may be
-- another job than the one that was created. It goes to the worker, never to the caller.

-- As create_plain_jobs_as, or as create_plain_jobs without claims. `claimed`: rows of claim_jobs, with the trace of each.
CREATE FUNCTION create_and_claim_jobs(
  of_role text, claims text, shared json, columns json, inputs text, expiry interval, of_lane text, of_type text,
  most integer, types text[], last_organisation text, worker text, worker_boot uuid, lease interval,
  OUT made_at timestamptz, OUT renamed json, OUT reasons jsonb, OUT claimed json
) LANGUAGE plpgsql AS $$
DECLARE
  engine CONSTANT text := current_setting('role');
BEGIN
  IF claims IS NOT NULL THEN PERFORM become_caller(of_role, claims); END IF;
  SELECT m.made_at, m.renamed, m.reasons INTO made_at, renamed, reasons
  FROM create_plain_jobs(shared, columns, inputs, expiry, of_lane, of_type, claims IS NOT NULL) m;
  -- What follows is the engine's own, whoever asked.
  PERFORM set_config('role', engine, true), set_config('request.jwt.claims', '', true);
  BEGIN
    SELECT json_agg(taken) INTO claimed FROM (
      SELECT c.*, (SELECT j.trace_parent FROM script_jobs j WHERE j.id = c.id)
      FROM claim_jobs(of_lane, most, types, last_organisation, worker, worker_boot, lease) c
    ) taken;
    -- The answer is one message, of at most 16 MiB. A worker that claims by itself gets long rows each in a message of its own.
    IF octet_length(claimed::text) > 8 * 1024 * 1024 THEN RAISE EXCEPTION 'more than one answer holds was claimed'; END IF;
  EXCEPTION WHEN OTHERS THEN
    -- The claim is taken back. The jobs are created all the same, and the worker, which gets nothing, claims by itself. Not
    -- where the statement is cancelled or its time is up, which nothing catches: that takes the jobs back as well. So a
    -- worker asks for no claims while its own take long.
    claimed := NULL;
  END;
END
$$

-- next statement

SELECT callboard_keep_private('create_and_claim_jobs')
