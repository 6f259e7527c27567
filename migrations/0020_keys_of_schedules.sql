-- An Idempotency-Key also stands for a schedule, and the audit trail is read for one job.

-- The history of a job says who did what to it. First, because it takes its time: what follows locks the keys until the end.
CREATE INDEX audit_log_of_target ON audit_log (target, id) WHERE target IS NOT NULL

-- next statement

ALTER TABLE idempotency_keys
  ALTER COLUMN job_id DROP NOT NULL,
  ADD COLUMN schedule_id uuid REFERENCES job_schedules (id) ON DELETE CASCADE,
  ADD CONSTRAINT stands_for_one_thing CHECK (num_nonnulls(job_id, schedule_id) = 1)

-- next statement

CREATE INDEX idempotency_keys_of_schedule ON idempotency_keys (schedule_id) WHERE schedule_id IS NOT NULL

-- next statement

-- A key that is too old may have stood for a schedule.
CREATE OR REPLACE FUNCTION keep_key(organisation text, of_key text, hash bytea, job uuid, batch uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO idempotency_keys AS k (organisation_id, key, request_hash, job_id, batch_id)
  VALUES (organisation, of_key, hash, job, batch)
  ON CONFLICT (organisation_id, key) DO UPDATE SET
    request_hash = excluded.request_hash, job_id = excluded.job_id, batch_id = excluded.batch_id, schedule_id = NULL,
    created_at = now()
  WHERE k.created_at <= now() - interval '24 hours';
  RETURN FOUND;
END
$$

-- next statement

-- As `find_key`: one that stands for a job was another request.
CREATE FUNCTION find_schedule_key(organisation text, of_key text, hash bytea)
RETURNS TABLE (schedule_id uuid, same boolean) LANGUAGE sql STABLE AS $$
  SELECT k.schedule_id, k.schedule_id IS NOT NULL AND k.request_hash = hash FROM idempotency_keys k
  WHERE k.organisation_id = organisation AND k.key = of_key AND k.created_at > now() - interval '24 hours'
$$

-- next statement

-- As `keep_key`.
CREATE FUNCTION keep_schedule_key(organisation text, of_key text, hash bytea, schedule uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO idempotency_keys AS k (organisation_id, key, request_hash, schedule_id)
  VALUES (organisation, of_key, hash, schedule)
  ON CONFLICT (organisation_id, key) DO UPDATE SET
    request_hash = excluded.request_hash, schedule_id = excluded.schedule_id, job_id = NULL, batch_id = NULL,
    created_at = now()
  WHERE k.created_at <= now() - interval '24 hours';
  RETURN FOUND;
END
$$

-- next statement

CREATE FUNCTION find_schedule_key_for_callers(of_key text, hash bytea) RETURNS TABLE (schedule_id uuid, same boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  PERFORM callboard_insist('administer');
  RETURN QUERY SELECT * FROM find_schedule_key(callboard_organisation(), of_key, hash);
END
$$

-- next statement

CREATE FUNCTION keep_schedule_key_for_callers(of_key text, hash bytea, schedule uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM callboard_insist('administer');
  IF NOT EXISTS (
    SELECT FROM job_schedules s WHERE s.id = schedule AND s.organisation_id = callboard_organisation()
  ) THEN
    RAISE insufficient_privilege USING MESSAGE = 'a key stands for a schedule of its own organisation';
  END IF;
  RETURN keep_schedule_key(callboard_organisation(), of_key, hash, schedule);
END
$$

-- next statement

SELECT callboard_keep_private(
  'find_schedule_key', 'keep_schedule_key', 'find_schedule_key_for_callers', 'keep_schedule_key_for_callers'
)

-- next statement

-- Why it says pg_temp: see 0006.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'find_schedule_key_for_callers(text, bytea)', 'keep_schedule_key_for_callers(text, bytea, uuid)'
  ] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', name, current_schema());
  END LOOP;
END
$$

-- next statement

CREATE FUNCTION callboard_let_in_to_keys_of_schedules(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format(
    'GRANT EXECUTE ON FUNCTION find_schedule_key_for_callers, keep_schedule_key_for_callers TO %I', member
  );
END
$$

-- next statement

ALTER FUNCTION callboard_let_in(text) RENAME TO callboard_let_in_but_to_keys_of_schedules

-- next statement

-- What a role gets that is made later stays one call.
CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM callboard_let_in_but_to_keys_of_schedules(member);
  PERFORM callboard_let_in_to_keys_of_schedules(member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'callboard_let_in_to_keys_of_schedules')

-- next statement

DO $$
DECLARE
  member text;
BEGIN
  FOREACH member IN ARRAY ARRAY['callboard_member', 'authenticated'] LOOP
    IF to_regrole(member) IS NOT NULL THEN PERFORM callboard_let_in_to_keys_of_schedules(member); END IF;
  END LOOP;
END
$$
