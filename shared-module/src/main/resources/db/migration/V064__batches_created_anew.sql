-- Takes an instant, but nobody may write meanwhile. Where the lock is not to be had soon, the next start tries again.
SET LOCAL lock_timeout = '5s';

-- Those of which a stalled create may have made another.
CREATE INDEX provider_batch_created_anew ON provider_batch (submitted_at) WHERE suspect AND attempt > 1;
