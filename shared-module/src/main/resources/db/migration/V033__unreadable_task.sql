-- Rows of JobRunr's that nobody can read: set aside, so that the tasks behind them run. Their work is woken anew.
CREATE TABLE unreadable_task (
    id text PRIMARY KEY,
    state text NOT NULL,
    task text NOT NULL,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
