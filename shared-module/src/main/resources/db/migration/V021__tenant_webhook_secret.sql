-- The secret that signs where a client gave none. Made when first needed.
CREATE TABLE tenant_webhook_secret (
    tenant     uuid        PRIMARY KEY,
    secret     bytea       NOT NULL,                           -- sealed
    created_at timestamptz NOT NULL DEFAULT now()
);
