-- Lists and searches ask for the jobs that wait for their next try, few among many that wait for their first. Only those are in
-- this index, so creating and starting any other job writes no more than before.
CREATE INDEX job_queue_retries ON job_queue (organisation_id, id) WHERE retrying
