-- Takes an instant, but alone. Where the locks are not to be had soon, nothing is changed, and the next start tries again.
SET LOCAL lock_timeout = '5s';

-- The tenant's own name of a line of its batch, unique in it.
ALTER TABLE job_input ADD COLUMN custom_id text;

-- Lines of a batch, by how they stand.
CREATE INDEX job_of_batch ON job (batch_id, status) WHERE batch_id IS NOT NULL;

-- Which lines of a batch have ended, in an order that a reader can resume: by transaction. A reader goes no further than
-- pg_snapshot_xmin(pg_current_snapshot()), below which nothing can appear any more.
CREATE TABLE batch_result (
    batch_id uuid NOT NULL,
    landed   xid8 NOT NULL DEFAULT pg_current_xact_id(),
    job_id   uuid NOT NULL,
    PRIMARY KEY (batch_id, job_id)
);
CREATE INDEX batch_result_landed ON batch_result (batch_id, landed, job_id);

-- A trigger, because many statements end jobs, and none may forget it. The key makes a second end of a line impossible.
CREATE FUNCTION note_batch_result() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO batch_result (batch_id, job_id) VALUES (NEW.batch_id, NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER job_of_batch_ended AFTER UPDATE OF finished_at ON job FOR EACH ROW
    WHEN (NEW.batch_id IS NOT NULL AND NEW.finished_at IS NOT NULL AND OLD.finished_at IS NULL)
    EXECUTE FUNCTION note_batch_result();
