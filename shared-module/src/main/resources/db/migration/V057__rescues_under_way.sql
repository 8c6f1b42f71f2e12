-- Jobs that are being rescued: counted every second. Takes the job table as V051 does.
SET LOCAL lock_timeout = '5s';

CREATE INDEX job_rescue ON job (status) WHERE rescue AND finished_at IS NULL;
