-- A file that somebody sent is kept beyond its own time while a job waits for it: an import until it has completed, because
-- it may be tried again, and a check as long as it is there, because its import may be started days later. There is no
-- foreign key: jobs are removed often, and files are few.
ALTER TABLE uploads ADD COLUMN kept_with uuid, ADD COLUMN kept_when_completed boolean NOT NULL DEFAULT false
