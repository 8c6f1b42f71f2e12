-- What a POST with an Idempotency-Key was answered. Written in the transaction of the work itself, so that there is
-- never one without the other; a concurrent twin waits on the key.
CREATE TABLE idempotency_record (
    tenant_id          uuid        NOT NULL REFERENCES tenant (id),
    key                text        NOT NULL,
    fingerprint        bytea       NOT NULL,   -- SHA-256 over method, path and canonical body
    status             integer,
    location           text,
    body               text,
    sealed_body        bytea,                  -- instead of body where the reply carries a secret
    secret_until       timestamptz,            -- from then on the secret is redacted
    created_at         timestamptz NOT NULL DEFAULT now(),
    expires_at         timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key),
    CONSTRAINT idempotency_key_length CHECK (length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_fingerprint_length CHECK (octet_length(fingerprint) = 32),
    CONSTRAINT idempotency_sealed_has_an_end CHECK ((sealed_body IS NOT NULL) <= (secret_until IS NOT NULL))
);

-- What may be forgotten.
CREATE INDEX idempotency_record_expiry ON idempotency_record (expires_at);
CREATE INDEX idempotency_record_secrets ON idempotency_record (secret_until) WHERE sealed_body IS NOT NULL;
