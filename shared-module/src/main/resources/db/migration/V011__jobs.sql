-- One request of a tenant with one outcome. Narrow on purpose: texts, outcome and money have tables of their own.
CREATE TABLE job (
    id               uuid PRIMARY KEY,
    tenant_id        uuid        NOT NULL REFERENCES tenant (id),
    type             text        NOT NULL,
    status           text        NOT NULL,
    wait_reason      text,
    workflow         text        NOT NULL,
    workflow_version integer     NOT NULL,
    user_ref         text,
    feature          text,
    batch_id         uuid,
    lane             text,
    provider         text,
    model            text,
    tier             text        NOT NULL,
    attempts         integer     NOT NULL DEFAULT 0,
    fence            bigint      NOT NULL DEFAULT 0,   -- only the newest claim may write with it
    worker_id        uuid,                             -- whose claim it is while running
    claimed_at       timestamptz,                      -- since when
    taken_back       integer     NOT NULL DEFAULT 0,   -- how often a worker died over it
    wake             integer     NOT NULL DEFAULT 0,
    task_id          uuid,                             -- the JobRunr task of the newest wake; null while it waits for not_before
    not_before       timestamptz NOT NULL DEFAULT now(),
    deadline         timestamptz NOT NULL,
    row_version      bigint      NOT NULL DEFAULT 1,
    error_code       text,
    error_message    text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    started_at       timestamptz,
    finished_at      timestamptz,
    CONSTRAINT job_type CHECK (type IN ('generation', 'cache_warming', 'precompute', 'evaluation', 'export', 'webhook_recovery')),
    CONSTRAINT job_status CHECK (status IN ('queued', 'running', 'batched', 'succeeded', 'failed', 'cancelled', 'expired')),
    CONSTRAINT job_wait_reason CHECK (wait_reason IN ('backoff', 'rate_limited', 'provider_down', 'coalesced', 'collecting')),
    CONSTRAINT job_lane CHECK (lane IN ('cache', 'direct', 'batch')),
    CONSTRAINT job_tier CHECK (tier IN ('fast', 'full')),
    CONSTRAINT finished_iff_final CHECK ((finished_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'cancelled', 'expired'))),
    CONSTRAINT worker_iff_running CHECK ((worker_id IS NOT NULL) = (status = 'running')),
    CONSTRAINT error_iff_failed CHECK ((error_code IS NOT NULL) = (status IN ('failed', 'expired')))
)
-- Every job is updated a few times: room on the page keeps those updates off the indexes.
WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- Lists, newest first.
CREATE INDEX job_of_tenant ON job (tenant_id, id DESC);
-- Lists of what has not finished, which is little of all there is.
CREATE INDEX job_unfinished ON job (tenant_id, status, id DESC) WHERE finished_at IS NULL;
-- What waits for its moment and has no task: read five times a second.
CREATE INDEX job_waiting ON job (not_before) WHERE status = 'queued' AND task_id IS NULL;
-- What should have a live task: read every ten seconds.
CREATE INDEX job_queued ON job (id) WHERE status = 'queued' AND task_id IS NOT NULL;
-- How long the oldest of them has waited.
CREATE INDEX job_queued_since ON job (not_before) WHERE status = 'queued' AND task_id IS NOT NULL;
-- What a dead worker held.
CREATE INDEX job_running ON job (worker_id) WHERE status = 'running';
-- What expires next.
CREATE INDEX job_deadline ON job (deadline) WHERE status IN ('queued', 'running', 'batched');
