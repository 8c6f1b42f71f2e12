-- A tenant's bulk: many generation jobs under one id. Its lines are jobs with this batch_id.
CREATE TABLE batch (
    id               uuid        PRIMARY KEY,
    tenant_id        uuid        NOT NULL REFERENCES tenant (id),
    workflow         text        NOT NULL,
    workflow_version integer     NOT NULL,
    status           text        NOT NULL DEFAULT 'running',
    total            integer     NOT NULL,               -- lines that became jobs
    invalid          integer     NOT NULL,               -- lines that did not
    estimate_usd     numeric(24, 12),                    -- null: a model without a price
    max_cost_usd     numeric(24, 12),
    stopped          text,                               -- an error code: nothing more of it is sent, what waited has failed
    webhook_url      text,
    webhook_secret   bytea,                              -- sealed; null: the tenant's default secret signs
    line_webhooks    boolean     NOT NULL DEFAULT false,
    metadata         jsonb       NOT NULL DEFAULT '{}',
    deadline         timestamptz NOT NULL,
    counts           jsonb,                              -- frozen when it has ended
    fence            bigint      NOT NULL DEFAULT 0,     -- of its feeder: only the newest claim feeds
    worker_id        uuid,
    claimed_at       timestamptz,
    wake             integer     NOT NULL DEFAULT 0,     -- of its feeder
    task_id          uuid,
    not_before       timestamptz NOT NULL DEFAULT now(),
    row_version      bigint      NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT now(),
    finished_at      timestamptz,
    CONSTRAINT batch_status CHECK (status IN ('running', 'cancelling', 'completed', 'failed', 'cancelled', 'expired')),
    CONSTRAINT batch_finished CHECK ((finished_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled', 'expired'))),
    CONSTRAINT batch_counted CHECK ((counts IS NOT NULL) = (finished_at IS NOT NULL)),
    CONSTRAINT batch_fed CHECK ((worker_id IS NULL) = (claimed_at IS NULL))
) WITH (fillfactor = 70);

CREATE INDEX batch_of_tenant ON batch (tenant_id, id DESC);
CREATE INDEX batch_due ON batch (not_before) WHERE finished_at IS NULL AND task_id IS NULL;
CREATE INDEX batch_woken ON batch (id) WHERE finished_at IS NULL AND task_id IS NOT NULL;

-- Lines of an upload that could not become jobs.
CREATE TABLE batch_invalid_line (
    batch_id  uuid    NOT NULL REFERENCES batch (id) ON DELETE CASCADE,
    line      integer NOT NULL,                          -- of the body, from 1
    custom_id text,
    code      text    NOT NULL,
    message   text    NOT NULL,
    PRIMARY KEY (batch_id, line)
);
