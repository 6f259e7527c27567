-- A job that was planned for later and cancelled before it started keeps its time when it is retried. Of one that has started,
-- `run_at` may be the time of its next try, for which nobody waits who retries it.
CREATE OR REPLACE FUNCTION start_job_again(
  job uuid, forgetting boolean, forget text[], new_input jsonb, new_restaurant text, new_key text, expiry interval
) RETURNS SETOF script_jobs LANGUAGE sql AS $$
  WITH chosen AS (
    SELECT c.id, CASE WHEN c.started_at IS NULL THEN greatest(now(), c.run_at) ELSE now() END AS due
    FROM script_jobs c WHERE c.id = job AND c.status IN ('failed', 'cancelled') FOR UPDATE
  ), forgotten AS (
    DELETE FROM job_checkpoints k USING chosen
    WHERE k.job_id = chosen.id AND forgetting AND (forget IS NULL OR k.name = ANY (forget))
  )
  UPDATE script_jobs j SET
    status = 'pending', retry_count = 0, crash_count = 0, run_at = chosen.due, next_retry_at = NULL,
    cancel_requested_at = NULL, expires_at = chosen.due + expiry,
    error_code = NULL, error_message = NULL, error_retryable = NULL, error_step = NULL, error_hint = NULL,
    progress_message = NULL,
    restaurant_id = coalesce(new_restaurant, j.restaurant_id),
    concurrency_key = coalesce(new_key, j.concurrency_key),
    input_payload = coalesce(new_input, j.input_payload),
    progress_percent = CASE WHEN forgetting THEN 0 ELSE j.progress_percent END,
    current_step = CASE WHEN forgetting THEN NULL ELSE j.current_step END,
    current_step_name = CASE WHEN forgetting THEN NULL ELSE j.current_step_name END
  FROM chosen WHERE j.id = chosen.id
  RETURNING j.*
$$
