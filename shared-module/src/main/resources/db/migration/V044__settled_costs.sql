-- An unconfirmed row does not stay open for ever: from settled_at on nothing more is expected of it.
ALTER TABLE ledger_entry
    ADD COLUMN settled_at timestamptz,                 -- of unconfirmed rows only: written off at the estimate, or corrected
    ADD COLUMN corrected  boolean NOT NULL DEFAULT false,   -- this row and a correction cancel each other; both say so
    DROP CONSTRAINT ledger_parts,
    -- A correction takes back what a row of the same unit had estimated. Older rows were held to more than this.
    ADD CONSTRAINT ledger_parts CHECK (
        CASE WHEN source = 'correction'
             THEN greatest(input_tokens, cached_input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens) <= 0
             ELSE cached_input_tokens + cache_write_5m_tokens + cache_write_1h_tokens <= input_tokens END) NOT VALID;

-- What is open: little, and looked at every few seconds.
CREATE INDEX ledger_open ON ledger_entry (at) WHERE status = 'unconfirmed' AND settled_at IS NULL;

-- Jobs whose last message said that their cost is not final. Whoever is told so is told when it is.
CREATE TABLE cost_watch (
    job_id uuid        PRIMARY KEY,
    since  timestamptz NOT NULL DEFAULT now()
);
