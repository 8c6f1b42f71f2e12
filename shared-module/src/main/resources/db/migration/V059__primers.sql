-- A batch has one primer at most, whoever claims it.
DROP INDEX provider_batch_primer;
CREATE UNIQUE INDEX provider_batch_primer ON provider_batch (primer_of) WHERE primer_of IS NOT NULL;
-- The newest primer of a prefix: batches that share it need no second one.
CREATE INDEX provider_batch_primer_of_prefix ON provider_batch (tenant_id, prefix, created_at) WHERE primer_of IS NOT NULL;
