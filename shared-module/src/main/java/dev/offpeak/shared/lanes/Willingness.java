package dev.offpeak.shared.lanes;

import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.workflows.LaneRule;

/// Whether a job may wait for a cheaper lane, and if not, why.
public enum Willingness {
    MAY_WAIT,
    /// Neither it nor its workflow says that it can wait, or its client does with an open connection.
    MUST_NOT_WAIT,
    /// Its workflow takes no other lane.
    DIRECT_ONLY,
    /// It has waited long enough: its line is late.
    RESCUED;

    /// @param rule of the workflow as the job was submitted under
    public static Willingness of(ClaimedJob job, LaneRule rule) {
        return job.rescue() ? RESCUED : of(job.mayWait(), rule);
    }

    public static Willingness of(boolean mayWait, LaneRule rule) {
        if (rule == LaneRule.DIRECT) {
            return DIRECT_ONLY;
        }
        return mayWait ? MAY_WAIT : MUST_NOT_WAIT;
    }
}
