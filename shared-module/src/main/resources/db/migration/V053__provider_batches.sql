-- One batch at a provider, with lines of one tenant, account, model and endpoint. Every step is recorded before it is made.
CREATE TABLE provider_batch (
    id               uuid        PRIMARY KEY,
    created_at       timestamptz NOT NULL DEFAULT now(), -- chooses nothing: lines carry it into the ledger
    tenant_id        uuid        NOT NULL REFERENCES tenant (id),
    batch_id         uuid,                               -- a tenant's bulk that has provider batches of its own
    protocol         text        NOT NULL,               -- openai or anthropic
    provider         text        NOT NULL,               -- as shown: openai, anthropic or simulator
    account          text        NOT NULL,
    model            text        NOT NULL,
    endpoint         text        NOT NULL,
    prefix           text        NOT NULL DEFAULT '',    -- hash of the prompt prefix that its lines share, if any
    primer_of        uuid,                               -- a primer: one stub line that writes the prompt cache for that batch
    parent_id        uuid,                               -- split off from one that the provider refused
    splits           integer     NOT NULL DEFAULT 0,     -- how often it was split already
    state            text        NOT NULL DEFAULT 'collecting',
    lines            integer     NOT NULL DEFAULT 0,
    bytes            bigint      NOT NULL DEFAULT 0,     -- estimated while it collects, exact once written
    tokens           bigint      NOT NULL DEFAULT 0,     -- of the prompts
    estimate_usd     numeric(24, 12),
    close_at         timestamptz NOT NULL,
    nearest_deadline timestamptz,
    closed_because   text,
    attempt          integer     NOT NULL DEFAULT 0,     -- uploads and creates under one intent
    input_name       text,                               -- of the newest upload
    input_sha256     text,
    input_file_id    text,
    remote_id        text,
    remote_status    text,                               -- in the provider's words
    output_file_id   text,
    error_file_id    text,
    remote_completed integer     NOT NULL DEFAULT 0,     -- progress, where the provider says so
    remote_failed    integer     NOT NULL DEFAULT 0,
    cancel_requested boolean     NOT NULL DEFAULT false,
    ended_as         text,
    error_code       text,
    error_message    text,
    closed_at        timestamptz,
    uploading_at     timestamptz,
    creating_at      timestamptz,
    submitted_at     timestamptz,
    remote_expires_at timestamptz,
    ended_at         timestamptz,
    finished_at      timestamptz,
    polls            integer     NOT NULL DEFAULT 0,
    missing_since    timestamptz,                        -- the provider does not know it any more
    fence            bigint      NOT NULL DEFAULT 0,     -- only the newest claim writes
    worker_id        uuid,
    claimed_at       timestamptz,
    wake             integer     NOT NULL DEFAULT 0,
    task_id          uuid,
    not_before       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT provider_batch_state CHECK (state IN ('collecting', 'closed', 'waiting_quota', 'uploading', 'uploaded', 'creating',
        'submitted', 'cancelling', 'ended', 'reconciling', 'reconciled', 'abandoned')),
    CONSTRAINT provider_batch_ended_as CHECK (ended_as IN ('completed', 'failed', 'expired', 'cancelled', 'vanished')),
    CONSTRAINT provider_batch_finished CHECK ((finished_at IS NOT NULL) = (state IN ('reconciled', 'abandoned'))),
    CONSTRAINT provider_batch_sent CHECK (state NOT IN ('submitted', 'cancelling') OR remote_id IS NOT NULL),
    CONSTRAINT provider_batch_claimed CHECK ((worker_id IS NULL) = (claimed_at IS NULL)),
    UNIQUE (provider, account, remote_id)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);

-- One that collects for each group.
CREATE UNIQUE INDEX provider_batch_collecting ON provider_batch (tenant_id, batch_id, provider, protocol, account, model, endpoint, prefix)
    NULLS NOT DISTINCT WHERE state = 'collecting';
CREATE INDEX provider_batch_due ON provider_batch (not_before) WHERE finished_at IS NULL AND task_id IS NULL;
CREATE INDEX provider_batch_woken ON provider_batch (id) WHERE finished_at IS NULL AND task_id IS NOT NULL;
CREATE INDEX provider_batch_open ON provider_batch (provider, account, model, state) WHERE finished_at IS NULL;
CREATE INDEX provider_batch_of_bulk ON provider_batch (batch_id) WHERE batch_id IS NOT NULL;
-- How long batches took: the observed quantiles.
CREATE INDEX provider_batch_ended ON provider_batch (ended_at) WHERE ended_at IS NOT NULL;

-- A line of a provider batch: one try at a job. By the month in which its job was created, so that the database can see
-- that a job has one line under way at most.
CREATE TABLE provider_batch_line (
    provider_batch_id uuid        NOT NULL REFERENCES provider_batch (id),
    number            integer     NOT NULL,              -- its custom id at the provider is made of the batch's id and this
    id                uuid        NOT NULL,              -- of its ledger row
    job_id            uuid        NOT NULL,
    job_created_at    timestamptz NOT NULL,
    state             text        NOT NULL DEFAULT 'assigned',
    input_tokens      bigint      NOT NULL,              -- estimated from above
    output_tokens     bigint      NOT NULL,              -- its limit
    estimate_usd      numeric(24, 12),
    error_code        text,
    settled_at        timestamptz,
    PRIMARY KEY (provider_batch_id, number, job_created_at),
    CONSTRAINT provider_batch_line_state CHECK (state IN ('assigned', 'sent', 'ok', 'error', 'expired', 'lost', 'cancelled', 'returned', 'withdrawn')),
    CONSTRAINT provider_batch_line_settled CHECK ((settled_at IS NULL) = (state IN ('assigned', 'sent')))
) PARTITION BY RANGE (job_created_at);
CREATE UNIQUE INDEX provider_batch_line_under_way ON provider_batch_line (job_id, job_created_at) WHERE state IN ('assigned', 'sent');

CREATE TABLE provider_batch_line_default PARTITION OF provider_batch_line DEFAULT;
SELECT ensure_month_partitions('provider_batch_line', now()::date, 4);

-- What we have learned of an account's limit on what may be enqueued: tokens a model (OpenAI), or requests of all models
-- together (Anthropic; model ''). Locked by whoever admits a batch.
CREATE TABLE provider_batch_quota (
    provider     text        NOT NULL,
    account      text        NOT NULL,
    model        text        NOT NULL,
    learned      bigint,                                 -- null: as configured
    paused_until timestamptz NOT NULL DEFAULT '-infinity',
    changed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, account, model)
);

-- Batches that a provider made of one intent, beyond the one that counts. Each is cancelled and what it bills is overlap.
CREATE TABLE provider_batch_twin (
    provider_batch_id uuid        NOT NULL REFERENCES provider_batch (id),
    remote_id         text        NOT NULL,
    found_at          timestamptz NOT NULL DEFAULT now(),
    cancelled_at      timestamptz,                       -- when the provider had taken our cancel
    ended_at          timestamptz,
    PRIMARY KEY (provider_batch_id, remote_id)
);
