-- What was asked. The request is canonical JSON with room for parameters that we do not know yet.
CREATE TABLE job_input (
    job_id         uuid        NOT NULL,
    job_created_at timestamptz NOT NULL,
    request        jsonb       NOT NULL,
    metadata       jsonb       NOT NULL DEFAULT '{}',
    tags           text[]      NOT NULL DEFAULT '{}',
    webhook_url    text,
    webhook_secret bytea,                              -- sealed; null: the tenant's default secret signs
    PRIMARY KEY (job_id, job_created_at)
) PARTITION BY RANGE (job_created_at);

-- What came out. The key makes a second outcome of a job impossible.
CREATE TABLE job_outcome (
    job_id         uuid        NOT NULL,
    job_created_at timestamptz NOT NULL,
    kind           text,
    result_text    text,
    result_json    jsonb,
    finish_reason  text,
    PRIMARY KEY (job_id, job_created_at),
    CONSTRAINT job_outcome_kind CHECK (kind IN ('text', 'json', 'report', 'file'))
) PARTITION BY RANGE (job_created_at);

CREATE TABLE job_input_default PARTITION OF job_input DEFAULT;
CREATE TABLE job_outcome_default PARTITION OF job_outcome DEFAULT;
SELECT ensure_month_partitions('job_input', now()::date, 4), ensure_month_partitions('job_outcome', now()::date, 4);
