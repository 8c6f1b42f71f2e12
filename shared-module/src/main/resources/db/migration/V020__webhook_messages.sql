-- What a receiver is told, frozen with the state it tells of: the bytes that are signed, the same for every try.
CREATE TABLE webhook_message (
    id             uuid        NOT NULL,
    job_id         uuid        NOT NULL,
    job_created_at timestamptz NOT NULL,
    tenant         uuid        NOT NULL,
    type           text        NOT NULL,
    payload        bytea       NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, job_created_at),
    -- A state is told once, whoever reaches it.
    CONSTRAINT webhook_message_told_once UNIQUE (job_id, type, job_created_at)
) PARTITION BY RANGE (job_created_at);

-- One message on its way to one receiver. Narrow, for it is updated at every try.
CREATE TABLE webhook_delivery (
    id             uuid        PRIMARY KEY,
    message_id     uuid        NOT NULL,
    job_created_at timestamptz NOT NULL,                       -- the partition of message and tries
    tenant         uuid        NOT NULL,
    url            text        NOT NULL,
    secret         bytea,                                      -- sealed; null: the tenant's default secret signs
    status         text        NOT NULL DEFAULT 'pending',
    tries          integer     NOT NULL DEFAULT 0,
    snoozes        integer     NOT NULL DEFAULT 0,             -- since the last try; not tries themselves
    not_before     timestamptz NOT NULL DEFAULT now(),
    wake           integer     NOT NULL DEFAULT 1,
    task_id        uuid,                                       -- who was woken for it; null: nobody yet
    fence          bigint      NOT NULL DEFAULT 0,             -- only the newest claim writes
    worker         uuid,
    claimed_at     timestamptz,                                -- a try is under way since then
    created_at     timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz,
    CONSTRAINT webhook_delivery_status CHECK (status IN ('pending', 'delivered', 'failed')),
    CONSTRAINT webhook_delivery_ended CHECK ((ended_at IS NOT NULL) = (status <> 'pending')),
    CONSTRAINT webhook_delivery_claimed CHECK ((worker IS NULL) = (claimed_at IS NULL))
);
-- Updated in place: room on the page keeps updates off the indexes.
ALTER TABLE webhook_delivery SET (fillfactor = 80);

-- Found by who wakes what is due.
CREATE INDEX webhook_delivery_due ON webhook_delivery (not_before) WHERE status = 'pending' AND task_id IS NULL;
-- Found by who looks after wakes that led nowhere.
CREATE INDEX webhook_delivery_woken ON webhook_delivery (id) WHERE status = 'pending' AND task_id IS NOT NULL;
CREATE INDEX webhook_delivery_message ON webhook_delivery (message_id);

-- Every try that was made, for the customer's eyes.
CREATE TABLE webhook_attempt (
    delivery_id    uuid        NOT NULL,
    job_created_at timestamptz NOT NULL,
    number         integer     NOT NULL,                       -- the how-manieth try, from 1
    at             timestamptz NOT NULL DEFAULT now(),         -- when its end was recorded
    outcome        text        NOT NULL,
    http_status    integer,
    millis         integer     NOT NULL,
    response       bytea,                                      -- the first 20 kB of the body
    worker         uuid        NOT NULL,
    PRIMARY KEY (delivery_id, number, job_created_at)
) PARTITION BY RANGE (job_created_at);

CREATE TABLE webhook_message_default PARTITION OF webhook_message DEFAULT;
CREATE TABLE webhook_attempt_default PARTITION OF webhook_attempt DEFAULT;

-- This month and the three that follow, named as ensure_month_partitions names those after them.
DO $$
DECLARE
    parent text;
    month  date;
BEGIN
    FOREACH parent IN ARRAY ARRAY['webhook_message', 'webhook_attempt'] LOOP
        FOR i IN 0 .. 3 LOOP
            month := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => i))::date;
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                           parent || '_' || to_char(month, 'YYYY_MM'), parent,
                           to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
                           to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
        END LOOP;
    END LOOP;
END
$$;
