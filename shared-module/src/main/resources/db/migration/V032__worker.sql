-- One row for each run of a worker process. All times are the database's.
CREATE TABLE worker (
    id uuid PRIMARY KEY,
    host text NOT NULL,
    pid bigint NOT NULL,
    version text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    beat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    stopped_at timestamptz
) WITH (fillfactor = 50); -- a beat every two seconds: keep the updates in the page
