-- An unconfirmed row does not stay open for ever: from settled_at on nothing more is expected of it.
-- Takes an instant, but alone: whoever else writes would wait behind it. Where the lock is not to be had soon, nothing is
-- changed, and the next start tries again.
SET LOCAL lock_timeout = '5s';

ALTER TABLE ledger_entry
    ADD COLUMN settled_at timestamptz,                 -- of rows that were unconfirmed: answered late, written off, or corrected
    ADD COLUMN corrected  boolean NOT NULL DEFAULT false,   -- this row and a correction cancel each other; both say so
    DROP CONSTRAINT ledger_parts,
    -- A correction takes back what a row of the same unit had estimated. Older rows were held to more than this.
    ADD CONSTRAINT ledger_parts CHECK (
        CASE WHEN source = 'correction'
             THEN greatest(input_tokens, cached_input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens) <= 0
             ELSE cached_input_tokens + cache_write_5m_tokens + cache_write_1h_tokens <= input_tokens END) NOT VALID;

-- Jobs whose last message said that their cost is not final. Whoever is told so is told when it is.
CREATE TABLE cost_watch (
    job_id  uuid        PRIMARY KEY,
    look_at timestamptz NOT NULL DEFAULT now()         -- put off where its message could not be written
);
