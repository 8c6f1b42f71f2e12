-- Routing rules. A version never changes: a job keeps to the one it was submitted under.
CREATE TABLE workflow_version (
    tenant_id          uuid        NOT NULL REFERENCES tenant (id),
    name               text        NOT NULL,
    version            integer     NOT NULL,
    tier               text        NOT NULL,
    lane               text        NOT NULL,
    provider           text        NOT NULL,
    fast_model         text        NOT NULL,
    full_model         text        NOT NULL,
    fallbacks          jsonb       NOT NULL DEFAULT '[]',
    max_output_tokens  integer     NOT NULL,
    output_word_budget integer,
    deadline_seconds   bigint      NOT NULL,
    cache              jsonb       NOT NULL,
    context            jsonb       NOT NULL,
    system_prompt      text,
    created_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, name, version),
    CONSTRAINT workflow_name CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
    CONSTRAINT workflow_version_counts_up CHECK (version >= 1),
    CONSTRAINT workflow_tier CHECK (tier IN ('fast', 'full')),
    CONSTRAINT workflow_lane CHECK (lane IN ('auto', 'direct', 'batch')),
    CONSTRAINT workflow_max_output_tokens CHECK (max_output_tokens > 0),
    CONSTRAINT workflow_output_word_budget CHECK (output_word_budget > 0),
    CONSTRAINT workflow_deadline CHECK (deadline_seconds BETWEEN 1 AND 604800)
);

-- Which version is current. Writers of one workflow meet on this row.
CREATE TABLE workflow (
    tenant_id  uuid    NOT NULL REFERENCES tenant (id),
    name       text    NOT NULL,
    version    integer NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, name),
    FOREIGN KEY (tenant_id, name, version) REFERENCES workflow_version (tenant_id, name, version)
        DEFERRABLE INITIALLY DEFERRED
);
