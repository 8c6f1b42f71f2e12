-- Takes an instant, but alone. Where the locks are not to be had soon, nothing is changed, and the next start tries again.
SET LOCAL lock_timeout = '5s';

-- A line of a bulk with a limit that goes again waits for its feeder like one that was never sent, and no shorter than
-- until then.
ALTER TABLE job ADD COLUMN held_until timestamptz;
