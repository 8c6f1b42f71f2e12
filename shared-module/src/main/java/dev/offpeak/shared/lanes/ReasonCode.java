package dev.offpeak.shared.lanes;

import dev.offpeak.shared.jobs.LaneReason;
import java.util.Locale;

/// Why a job takes a lane, or does not take one. Codes stand in jobs, answers and metrics: never rename one.
public enum ReasonCode {
    /// The chosen lane is the cheapest that should meet the deadline.
    CHEAPEST_IN_TIME,
    /// Nobody said that the job can wait.
    MUST_NOT_WAIT,
    /// The workflow takes direct calls only.
    WORKFLOW_IS_DIRECT,
    /// The line in a provider batch is late.
    RESCUED,
    /// The provider has no batches.
    NO_BATCH_API,
    /// The provider has no calls at a lower price for this model.
    NO_FLEX_TIER,
    /// A provider batch might end too late.
    BATCH_TOO_SLOW,
    /// A flex call might end too late.
    FLEX_TOO_SLOW,
    /// The provider had no capacity to spare, and the deadline left no time to wait for it.
    NO_FLEX_CAPACITY,
    /// It costs no less than a call now.
    NOT_CHEAPER,
    /// It might cost more than the job may.
    OVER_MAX_COST,
    /// Not even a call now should meet the deadline.
    DEADLINE_AT_RISK;

    public LaneReason because(String message) {
        return new LaneReason(name().toLowerCase(Locale.ROOT), message);
    }
}
