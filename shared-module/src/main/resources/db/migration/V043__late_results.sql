-- An answer that was paid for and came after its job had expired: kept, and no outcome of the job.
ALTER TABLE job_outcome ADD COLUMN late boolean NOT NULL DEFAULT false;
