-- Takes an instant, but nobody may write meanwhile. Where the lock is not to be had soon, the next start tries again.
SET LOCAL lock_timeout = '5s';

-- A create that was given up without being seen to end may still make a batch: whatever becomes of its intent, that one is
-- looked for from the moment when the first such create began.
ALTER TABLE provider_batch
    ADD COLUMN doubted_at    timestamptz, -- when it began
    ADD COLUMN doubted_lines integer;     -- how many lines it had; some may have been withdrawn since

-- Of those before this column only their close is known to have been earlier.
UPDATE provider_batch SET doubted_at = coalesce(closed_at, created_at), doubted_lines = lines
 WHERE suspect AND attempt > 1 AND submitted_at IS NOT NULL;

DROP INDEX provider_batch_created_anew;
CREATE INDEX provider_batch_doubted ON provider_batch (creating_at) WHERE doubted_at IS NOT NULL;
