-- Takes an instant, but alone. Where the locks are not to be had soon, nothing is changed, and the next start tries again.
SET LOCAL lock_timeout = '5s';

-- What a line of a bulk may take at most, found out once when it was taken in. Null: a job that came alone.
ALTER TABLE job_input
    ADD COLUMN input_tokens  bigint,                     -- estimated from above
    ADD COLUMN output_tokens bigint,                     -- its limit
    ADD COLUMN input_bytes   bigint,                     -- about how long its line will be
    ADD COLUMN estimate_usd  numeric(24, 12);            -- at batch rates; null: a model without a price

-- Lines that wait for their feeder, in the order of the upload.
CREATE INDEX job_unfed ON job (batch_id, id) WHERE status = 'queued' AND not_before = 'infinity';
-- Lines that are called one by one, or soon will be.
CREATE INDEX job_fed_alone ON job (batch_id) WHERE batch_id IS NOT NULL AND status IN ('queued', 'running') AND not_before < 'infinity';

-- What a batch has cost.
CREATE INDEX ledger_of_batch ON ledger_entry (batch_id) WHERE batch_id IS NOT NULL;
