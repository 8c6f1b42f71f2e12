-- What the fetch asks for, read out of the task that JobRunr stores as text. JobRunr names the columns that it writes
-- and reads, so it does not notice these. split_part rather than a regular expression: every change of a task's state
-- computes them anew. Quotes inside stored texts are escaped and cannot be taken for these names.
ALTER TABLE jobrunr.jobrunr_jobs
    ADD COLUMN pool text GENERATED ALWAYS AS (
        CASE split_part(split_part(jobasjson, '"pool":"', 2), '"', 1)
            WHEN 'default' -- what the first release wrote
                THEN CASE split_part(split_part(jobasjson, '"kind":"', 2), '"', 1)
                         WHEN 'delivery' THEN 'deliveries' ELSE 'interactive' END
            ELSE split_part(split_part(jobasjson, '"pool":"', 2), '"', 1)
        END) STORED,
    -- With its version: a worker asks for the tasks that it can read, and leaves the others to whom they are for.
    ADD COLUMN kind text GENERATED ALWAYS AS (
        split_part(split_part(jobasjson, '"kind":"', 2), '"', 1) || '/'
        || split_part(split_part(split_part(jobasjson, '"schemaVersion":', 2), '}', 1), ',', 1)) STORED,
    -- Empty in tasks of the first release: they take turns as one tenant.
    ADD COLUMN tenant text GENERATED ALWAYS AS (split_part(split_part(jobasjson, '"tenant":"', 2), '"', 1)) STORED;

CREATE INDEX jobrunr_jobs_turns_idx ON jobrunr.jobrunr_jobs (pool, kind, tenant, updatedat) WHERE state = 'ENQUEUED';

-- Every change of a task's state writes an entry into every index that holds the row. To make up for the one more:
-- nothing looks for tasks by when they were created; signatures are read once at a start, from rows of few minutes;
-- and the other two are for tasks that we have few or none of.
DROP INDEX jobrunr.jobrunr_job_created_at_idx;
DROP INDEX jobrunr.jobrunr_job_signature_idx;
DROP INDEX jobrunr.jobrunr_job_scheduled_at_idx;
DROP INDEX jobrunr.jobrunr_job_rci_idx;
CREATE INDEX jobrunr_job_scheduled_at_idx ON jobrunr.jobrunr_jobs (scheduledat) WHERE scheduledat IS NOT NULL;
CREATE INDEX jobrunr_job_rci_idx ON jobrunr.jobrunr_jobs (recurringjobid) WHERE recurringjobid IS NOT NULL;

ANALYZE jobrunr.jobrunr_jobs;
