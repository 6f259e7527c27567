-- When a worker beat again after it had been silent for so long that it trusts none of its leases any more. Written with the
-- beat; workers of older versions leave it as it is.
ALTER TABLE workers ADD COLUMN frozen_at timestamptz

-- next statement

-- As in 0003, but as long as a lane has jobs that are ready, a look visits a thousand keys at most, and the next one over the
-- same connection goes on where it ended: who looks for work does not pay for all that wait behind others. A lane that has
-- none ready is visited whole, because a key with nobody in front may be all that it has to offer.
CREATE OR REPLACE FUNCTION mend_heads(of_lane text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  is_whole CONSTANT boolean := NOT EXISTS (SELECT FROM job_queue q WHERE q.lane = of_lane AND q.state = 'ready');
  most CONSTANT integer := CASE WHEN is_whole THEN 2147483647 ELSE 1000 END;
  places jsonb := coalesce(nullif(current_setting('callboard.mended', true), ''), '{}')::jsonb;
  last_organisation text COLLATE "C" := coalesce(CASE WHEN NOT is_whole THEN places->of_lane->>0 END, '');
  last_key text COLLATE "C" := coalesce(CASE WHEN NOT is_whole THEN places->of_lane->>1 END, '');
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
    WHERE turns.place < most
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
  RETURN keys IS NOT NULL AND choose_heads(organisations, keys) <> '{}';
END
$$

-- next statement

-- As in 0007, but the jobs that fail with it come before those that it lets go on: these are locked in job_queue, those in
-- script_jobs, and all who end jobs take rows of script_jobs first. A clean-up job that waits for two jobs, of which one needs
-- the other, made two ends wait for each other.
CREATE OR REPLACE FUNCTION follow_ends(ended uuid[], organisations text[], keys text[]) RETURNS uuid[]
LANGUAGE plpgsql AS $$
DECLARE
  woken uuid[] := '{}';
BEGIN
  IF ended IS NOT NULL AND EXISTS (SELECT FROM job_dependencies d WHERE d.depends_on = ANY (ended) AND NOT d.met) THEN
    PERFORM fail_dependents(ended);
    woken := free_dependents(ended);
  END IF;
  IF keys IS NOT NULL THEN woken := woken || choose_heads(organisations, keys); END IF;
  RETURN woken;
END
$$
