-- How fast all workers together may call an account of a provider. Written only when a provider complains or recovers.
CREATE TABLE provider_pace (
    provider     text        NOT NULL,
    account      text        NOT NULL,
    permits      integer     NOT NULL,
    paused_until timestamptz NOT NULL DEFAULT '-infinity',
    changed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, account),
    CONSTRAINT at_least_one_permit CHECK (permits >= 1)
);
