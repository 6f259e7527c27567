-- How many jobs of each lane workers hold beyond their places, for callers: a lane is everybody's, and so is this number.
-- src/runtime/postgres/claimedAhead.ts asks the same for Callboard itself.
CREATE FUNCTION claimed_ahead_for_callers() RETURNS TABLE (lane text, jobs integer)
LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT held.lane, sum(greatest(0, held.jobs - (w.lanes->>held.lane)::integer))::integer
  FROM (SELECT l.owner, l.lane, count(*)::integer AS jobs FROM job_leases l GROUP BY l.owner, l.lane) held
  JOIN workers w ON w.name = held.owner
  WHERE (SELECT callboard_may('read')) GROUP BY held.lane
$$

-- next statement

SELECT callboard_keep_private('claimed_ahead_for_callers')

-- next statement

-- Why it says pg_temp: see 0006.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION claimed_ahead_for_callers() SET search_path = %I, pg_temp', current_schema());
END
$$

-- next statement

CREATE FUNCTION callboard_let_in_to_claimed_ahead(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT EXECUTE ON FUNCTION claimed_ahead_for_callers() TO %I', member);
END
$$

-- next statement

ALTER FUNCTION callboard_let_in(text) RENAME TO callboard_let_in_but_to_claimed_ahead

-- next statement

-- What a role gets that is made later stays one call.
CREATE FUNCTION callboard_let_in(member text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM callboard_let_in_but_to_claimed_ahead(member);
  PERFORM callboard_let_in_to_claimed_ahead(member);
END
$$

-- next statement

SELECT callboard_keep_private('callboard_let_in', 'callboard_let_in_to_claimed_ahead')

-- next statement

DO $$
DECLARE
  member text;
BEGIN
  FOREACH member IN ARRAY ARRAY['authenticated', 'callboard_member'] LOOP
    IF to_regrole(member) IS NOT NULL THEN PERFORM callboard_let_in_to_claimed_ahead(member); END IF;
  END LOOP;
END
$$
