-- Since when a worker has beaten without a gap: as long as it did, the database could be reached, so who did not beat
-- meanwhile is gone. Written with each beat; a worker of an older version says nothing, and proves nothing.
ALTER TABLE workers ADD COLUMN steady_since timestamptz
