ALTER TABLE provider_batch
    ADD COLUMN counted      boolean     NOT NULL DEFAULT false, -- whether its tokens are exact
    ADD COLUMN error_line   integer,                            -- of the input, from 1, that a refusal named
    ADD COLUMN failures     integer     NOT NULL DEFAULT 0,     -- of its steps, one after another: how long the next pause is
    ADD COLUMN unanswered   timestamptz,                        -- when its create had ended without an answer that tells
    ADD COLUMN suspect      boolean     NOT NULL DEFAULT false, -- whether more than one batch may have been created for it
    ADD COLUMN cancelled_at timestamptz;                        -- when the provider had taken our cancel

-- Who waits for a primer.
CREATE INDEX provider_batch_primer ON provider_batch (primer_of) WHERE primer_of IS NOT NULL;
-- How many were created within the hour.
CREATE INDEX provider_batch_created ON provider_batch (provider, account, creating_at) WHERE creating_at IS NOT NULL;
