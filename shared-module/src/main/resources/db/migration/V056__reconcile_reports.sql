-- Our ledger beside what the provider says of a batch, once all its results were read.
CREATE TABLE provider_batch_report (
    provider_batch_id        uuid            PRIMARY KEY REFERENCES provider_batch (id),
    at                       timestamptz     NOT NULL,
    ok                       integer         NOT NULL,   -- lines, by how they ended
    error                    integer         NOT NULL,
    expired                  integer         NOT NULL,
    lost                     integer         NOT NULL,
    cancelled                integer         NOT NULL,
    returned                 integer         NOT NULL,
    withdrawn                integer         NOT NULL,
    duplicates               integer         NOT NULL,   -- results, not lines
    unknown                  integer         NOT NULL,
    unreadable               integer         NOT NULL,
    input_tokens             bigint          NOT NULL,   -- of our confirmed rows
    cached_input_tokens      bigint          NOT NULL,
    cache_write_5m_tokens    bigint          NOT NULL,
    cache_write_1h_tokens    bigint          NOT NULL,
    output_tokens            bigint          NOT NULL,
    billed_usd               numeric(24, 12) NOT NULL,
    list_usd                 numeric(24, 12) NOT NULL,
    unconfirmed_usd          numeric(24, 12) NOT NULL,
    unpriced                 integer         NOT NULL,
    said_input_tokens        bigint,                     -- null: the provider says nothing
    said_cached_input_tokens bigint,
    said_output_tokens       bigint,
    CONSTRAINT provider_batch_report_said CHECK ((said_input_tokens IS NULL) = (said_output_tokens IS NULL)
                                                 AND (said_input_tokens IS NULL) = (said_cached_input_tokens IS NULL))
);
