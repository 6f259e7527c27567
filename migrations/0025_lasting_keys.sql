-- Keys that are kept as long as a job, instead of 24 hours: what an import makes is made once, however late somebody
-- presses the button again or starts the import over.

CREATE TABLE lasting_keys (
  organisation_id text NOT NULL,
  key text NOT NULL,
  -- Keyed hash of the request, as in idempotency_keys.
  request_hash bytea NOT NULL,
  -- The first of a batch may be removed while the batch stays made.
  job_id uuid NOT NULL,
  batch_id uuid,
  kept_with uuid NOT NULL REFERENCES script_jobs (id) ON DELETE CASCADE,
  PRIMARY KEY (organisation_id, key)
)

-- next statement

CREATE INDEX lasting_keys_of_job ON lasting_keys (kept_with)

-- next statement

-- Imports that run while this is applied.
INSERT INTO lasting_keys (organisation_id, key, request_hash, job_id, batch_id, kept_with)
SELECT k.organisation_id, k.key, k.request_hash, k.job_id, k.batch_id, j.id
FROM idempotency_keys k JOIN script_jobs j ON j.organisation_id = k.organisation_id
  AND j.id = substring(k.key FROM '^import[:-]([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})')::uuid
WHERE k.key LIKE 'import%' AND k.job_id IS NOT NULL

-- next statement

-- As `find_key`. A single job that was removed with everything that was kept of it was never made.
CREATE FUNCTION find_lasting_key(organisation text, of_key text, hash bytea)
RETURNS TABLE (job_id uuid, batch_id uuid, same boolean) LANGUAGE sql STABLE AS $$
  SELECT k.job_id, k.batch_id, k.request_hash = hash FROM lasting_keys k
  WHERE k.organisation_id = organisation AND k.key = of_key
    AND (k.batch_id IS NOT NULL OR EXISTS (SELECT FROM script_jobs j WHERE j.id = k.job_id))
$$

-- next statement

-- As `keep_key`.
CREATE FUNCTION keep_lasting_key(organisation text, of_key text, hash bytea, job uuid, batch uuid, with_job uuid)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO lasting_keys AS k (organisation_id, key, request_hash, job_id, batch_id, kept_with)
  VALUES (organisation, of_key, hash, job, batch, with_job)
  ON CONFLICT (organisation_id, key) DO UPDATE SET
    request_hash = excluded.request_hash, job_id = excluded.job_id, batch_id = excluded.batch_id,
    kept_with = excluded.kept_with
  WHERE k.batch_id IS NULL AND NOT EXISTS (SELECT FROM script_jobs j WHERE j.id = k.job_id);
  RETURN FOUND;
END
$$

-- next statement

CREATE FUNCTION find_lasting_key_for_callers(of_key text, hash bytea)
RETURNS TABLE (job_id uuid, batch_id uuid, same boolean) LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  PERFORM callboard_insist('create');
  RETURN QUERY SELECT * FROM find_lasting_key(callboard_organisation(), of_key, hash);
END
$$

-- next statement

CREATE FUNCTION keep_lasting_key_for_callers(of_key text, hash bytea, job uuid, batch uuid, with_job uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM callboard_insist('create');
  IF (
    SELECT count(*) FROM script_jobs j
    WHERE j.id IN (job, with_job) AND j.organisation_id = callboard_organisation()
  ) < 2 THEN
    RAISE insufficient_privilege USING MESSAGE = 'a key stands for a job of its own organisation';
  END IF;
  RETURN keep_lasting_key(callboard_organisation(), of_key, hash, job, batch, with_job);
END
$$

-- next statement

SELECT callboard_keep_private(
  'lasting_keys', 'find_lasting_key', 'keep_lasting_key', 'find_lasting_key_for_callers', 'keep_lasting_key_for_callers'
)

-- next statement

-- Why it says pg_temp: see 0006.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'find_lasting_key_for_callers(text, bytea)', 'keep_lasting_key_for_callers(text, bytea, uuid, uuid, uuid)'
  ] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', name, current_schema());
  END LOOP;
END
$$

-- next statement

CREATE FUNCTION callboard_let_in_to_lasting_keys(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT EXECUTE ON FUNCTION find_lasting_key_for_callers, keep_lasting_key_for_callers TO %I', member);
END
$$

-- next statement

ALTER FUNCTION callboard_let_in(text) RENAME TO callboard_let_in_but_to_lasting_keys

-- next statement

-- What a role gets that is made later stays one call.
CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM callboard_let_in_but_to_lasting_keys(member);
  PERFORM callboard_let_in_to_lasting_keys(member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'callboard_let_in_to_lasting_keys')

-- next statement

DO $$
DECLARE
  member text;
BEGIN
  FOREACH member IN ARRAY ARRAY['callboard_member', 'authenticated'] LOOP
    IF to_regrole(member) IS NOT NULL THEN PERFORM callboard_let_in_to_lasting_keys(member); END IF;
  END LOOP;
END
$$
