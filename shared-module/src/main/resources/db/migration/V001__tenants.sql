-- Who uses Offpeak. Nothing crosses from one tenant to another.
CREATE TABLE tenant (
    id                    uuid PRIMARY KEY,
    name                  text        NOT NULL,
    first                 boolean     NOT NULL DEFAULT false,  -- the tenant of the bootstrap key
    suspended             boolean     NOT NULL DEFAULT false,  -- its keys are refused, its data stays
    prompt_retention_days integer     NOT NULL DEFAULT 30,
    job_retention_days    integer     NOT NULL DEFAULT 90,
    created_at            timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tenant_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT tenant_prompt_retention CHECK (prompt_retention_days BETWEEN 1 AND 30),
    CONSTRAINT tenant_job_retention CHECK (job_retention_days BETWEEN 1 AND 90)
);

-- The bootstrap key always finds the same tenant.
CREATE UNIQUE INDEX tenant_first ON tenant (first) WHERE first;

-- Keys are random, so a plain hash is enough; the key itself is shown once and never stored.
CREATE TABLE api_key (
    id           uuid PRIMARY KEY,
    tenant_id    uuid        NOT NULL REFERENCES tenant (id),
    sha256       bytea       NOT NULL,
    prefix       text        NOT NULL,   -- what a person recognises it by
    last4        text        NOT NULL,
    scopes       text[]      NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,            -- to the minute
    CONSTRAINT api_key_sha256_length CHECK (octet_length(sha256) = 32),
    CONSTRAINT api_key_scopes CHECK (scopes <@ ARRAY['jobs', 'read', 'admin', 'operator'] AND cardinality(scopes) > 0)
);

CREATE UNIQUE INDEX api_key_sha256 ON api_key (sha256);
CREATE INDEX api_key_of_tenant ON api_key (tenant_id, id DESC);
