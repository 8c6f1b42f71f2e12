-- Prompt templates with typed parameters. A version never changes.
CREATE TABLE template_version (
    tenant_id  uuid        NOT NULL REFERENCES tenant (id),
    name       text        NOT NULL,
    version    integer     NOT NULL,
    text       text        NOT NULL,
    system     text,
    params     jsonb       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, name, version),
    CONSTRAINT template_name CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
    CONSTRAINT template_version_counts_up CHECK (version >= 1)
);

-- Which version is current. Writers of one template meet on this row.
CREATE TABLE template (
    tenant_id uuid    NOT NULL REFERENCES tenant (id),
    name      text    NOT NULL,
    version   integer NOT NULL,
    PRIMARY KEY (tenant_id, name),
    FOREIGN KEY (tenant_id, name, version) REFERENCES template_version (tenant_id, name, version)
        DEFERRABLE INITIALLY DEFERRED
);
