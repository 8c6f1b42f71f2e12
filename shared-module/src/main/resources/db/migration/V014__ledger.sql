-- One row for every unit that a provider bills. The key makes a second row for one unit impossible.
-- Attribution is copied, so that the row can be read after its job is forgotten.
CREATE TABLE ledger_entry (
    id                    uuid            NOT NULL,
    source                text            NOT NULL,
    source_id             uuid            NOT NULL,
    source_created_at     timestamptz     NOT NULL,
    status                text            NOT NULL,
    overlap               boolean         NOT NULL DEFAULT false,
    tenant_id             uuid            NOT NULL,
    job_id                uuid            NOT NULL,
    batch_id              uuid,
    workflow              text            NOT NULL,
    user_ref              text,
    feature               text,
    provider              text            NOT NULL,
    account               text            NOT NULL,
    model                 text            NOT NULL,
    lane                  text            NOT NULL,
    input_tokens          bigint          NOT NULL,
    cached_input_tokens   bigint          NOT NULL,
    cache_write_5m_tokens bigint          NOT NULL,
    cache_write_1h_tokens bigint          NOT NULL,
    output_tokens         bigint          NOT NULL,
    list_usd              numeric(24, 12),
    billed_usd            numeric(24, 12),             -- null: unpriced, which is not zero
    lines                 jsonb           NOT NULL DEFAULT '[]',
    price                 text,
    at                    timestamptz     NOT NULL DEFAULT now(),
    PRIMARY KEY (source, source_id, source_created_at),
    CONSTRAINT ledger_source CHECK (source IN ('call', 'line', 'correction')),
    CONSTRAINT ledger_status CHECK (status IN ('confirmed', 'unconfirmed')),
    CONSTRAINT ledger_lane CHECK (lane IN ('direct', 'batch')),
    CONSTRAINT ledger_parts CHECK (cached_input_tokens + cache_write_5m_tokens + cache_write_1h_tokens <= input_tokens),
    CONSTRAINT ledger_priced CHECK ((price IS NULL) = (billed_usd IS NULL) AND (list_usd IS NULL) = (billed_usd IS NULL))
) PARTITION BY RANGE (source_created_at);

CREATE INDEX ledger_of_job ON ledger_entry (job_id);
CREATE INDEX ledger_of_tenant ON ledger_entry (tenant_id, id DESC);

CREATE TABLE ledger_entry_default PARTITION OF ledger_entry DEFAULT;
SELECT ensure_month_partitions('ledger_entry', now()::date, 4);
