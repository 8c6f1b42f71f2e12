ALTER TABLE provider_batch
    ADD COLUMN taken_back integer NOT NULL DEFAULT 0; -- times in a row that a worker died over it

CREATE INDEX provider_batch_parent ON provider_batch (parent_id) WHERE parent_id IS NOT NULL;
