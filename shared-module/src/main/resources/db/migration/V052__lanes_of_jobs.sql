-- Takes an instant, but alone. Where the lock is not to be had soon, nothing is changed, and the next start tries again.
SET LOCAL lock_timeout = '5s';

ALTER TABLE job
    ADD COLUMN may_wait     boolean NOT NULL DEFAULT false, -- it may go through a provider batch: set at submission
    ADD COLUMN rescue       boolean NOT NULL DEFAULT false, -- its line is late: it is called directly now
    ADD COLUMN lane_reasons text[]  NOT NULL DEFAULT '{}';  -- why it went the way it went, for its receipt
