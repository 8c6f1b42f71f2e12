-- Takes an instant, but alone. Where the locks are not to be had soon, nothing is changed, and the next start tries again.
SET LOCAL lock_timeout = '5s';

-- What a line of a bulk may take at most where it is called; estimate_usd is for the way that it was taken in for. Null: a
-- model without a price, or taken in before this was kept: then twice estimate_usd, as a batch costs half of a call.
ALTER TABLE job_input ADD COLUMN call_estimate_usd numeric(24, 12);

-- Lines of bulks with a limit that go again once their pause is over: nothing is given up before.
CREATE INDEX job_pausing ON job (batch_id) WHERE status = 'queued' AND held_until IS NOT NULL;
