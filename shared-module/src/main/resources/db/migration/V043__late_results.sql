-- An answer that was paid for and came after its job had expired: kept, and no outcome of the job.
-- Takes an instant, but alone: whoever else writes would wait behind it. Where the lock is not to be had soon, nothing is
-- changed, and the next start tries again.
SET LOCAL lock_timeout = '5s';

ALTER TABLE job_outcome ADD COLUMN late boolean NOT NULL DEFAULT false;
