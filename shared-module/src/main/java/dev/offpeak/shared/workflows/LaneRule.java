package dev.offpeak.shared.workflows;

import java.util.Locale;

/// Which lanes a workflow's jobs may take.
public enum LaneRule {
    /// The cheapest lane that should meet the deadline.
    AUTO,
    /// A call now, always.
    DIRECT,
    /// A line of a provider batch wherever the deadline allows it.
    BATCH;

    /// Whether a job may go through a provider batch.
    ///
    /// @param ownDeadline whether the job says itself how long it can wait, in a deadline or as a line of a
    ///     bulk
    public boolean mayWait(boolean ownDeadline) {
        return switch (this) {
            case AUTO -> ownDeadline;
            case DIRECT -> false;
            case BATCH -> true;
        };
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException where there is no such rule
    public static LaneRule ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
