-- Every task is inserted once, updated three times or more and deleted: clean up after 1 % instead of 20 %.
ALTER TABLE jobrunr.jobrunr_jobs SET (
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_cost_delay = 0,
    toast.autovacuum_vacuum_scale_factor = 0.01,
    toast.autovacuum_vacuum_cost_delay = 0
);

-- JobRunr's index on (state, updatedAt) serves all that this one did.
DROP INDEX jobrunr.jobrunr_state_idx;
