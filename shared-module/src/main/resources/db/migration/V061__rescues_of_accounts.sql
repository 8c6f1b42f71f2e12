-- Takes an instant, but alone. Where the locks are not to be had soon, nothing is changed, and the next start tries again.
SET LOCAL lock_timeout = '5s';

-- Whose calls a rescue takes: protocol/provider/account.
ALTER TABLE job ADD COLUMN rescue_account text;

-- Jobs that wait for their lines, looked through for those that wait for nothing.
CREATE INDEX job_batched ON job (id) WHERE status = 'batched';
-- What a worker holds: asked every second.
CREATE INDEX provider_batch_held ON provider_batch (worker_id) WHERE worker_id IS NOT NULL;
-- Twins that still have to be cancelled.
CREATE INDEX provider_batch_twin_open ON provider_batch_twin (found_at) WHERE cancelled_at IS NULL AND ended_at IS NULL;
