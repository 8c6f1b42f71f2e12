package dev.offpeak.shared.lanes;

import dev.offpeak.shared.jobs.LaneReason;
import java.time.Duration;
import java.util.List;

/// Which way a job goes, and why.
public sealed interface LaneDecision {

    LaneOption chosen();

    /// Why; at least one, the weightiest first.
    List<LaneReason> reasons();

    /// The other ways, cheapest first.
    List<LaneOption> others();

    /// A call now.
    record Direct(LaneOption chosen, List<LaneReason> reasons, List<LaneOption> others) implements LaneDecision {
        public Direct {
            reasons = List.copyOf(reasons);
            others = List.copyOf(others);
        }
    }

    /// A call on the flex tier.
    ///
    /// @param patience for how long it may be tried again where the provider has no capacity to spare;
    ///     after that a call at the list price has to follow at once
    record Flex(LaneOption chosen, List<LaneReason> reasons, List<LaneOption> others, Duration patience)
            implements LaneDecision {
        public Flex {
            reasons = List.copyOf(reasons);
            others = List.copyOf(others);
        }
    }

    /// A line of a provider batch.
    record Batch(LaneOption chosen, List<LaneReason> reasons, List<LaneOption> others) implements LaneDecision {
        public Batch {
            reasons = List.copyOf(reasons);
            others = List.copyOf(others);
        }
    }
}
