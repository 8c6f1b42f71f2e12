-- One direct request to a provider, committed before the request is made: a crash leaves a trace of what may be billed.
CREATE TABLE call (
    id             uuid        NOT NULL,
    created_at     timestamptz NOT NULL,               -- carried by the id: chooses the partition, decides nothing
    begun_at       timestamptz NOT NULL DEFAULT now(),
    job_id         uuid        NOT NULL,
    job_created_at timestamptz NOT NULL,
    tenant_id      uuid        NOT NULL,
    fence          bigint      NOT NULL,
    worker_id      uuid        NOT NULL,
    provider       text        NOT NULL,               -- as shown: openai, anthropic or simulator
    account        text        NOT NULL,
    model          text        NOT NULL,
    estimate_usd   numeric(24, 12),                    -- null: the model has no price
    estimate_input_tokens  bigint NOT NULL,
    estimate_output_tokens bigint NOT NULL,
    price          text,
    status         text        NOT NULL DEFAULT 'in_flight',
    error_code     text,
    request_id     text,                               -- the provider's own id of the exchange
    ended_at       timestamptz,
    PRIMARY KEY (id, created_at),
    CONSTRAINT call_status CHECK (status IN ('in_flight', 'confirmed', 'unconfirmed', 'not_billed')),
    CONSTRAINT call_ended CHECK ((ended_at IS NOT NULL) = (status <> 'in_flight'))
) PARTITION BY RANGE (created_at);

CREATE INDEX call_of_job ON call (job_id);
CREATE INDEX call_in_flight ON call (begun_at) WHERE status = 'in_flight';

CREATE TABLE call_default PARTITION OF call DEFAULT;
SELECT ensure_month_partitions('call', now()::date, 4);
