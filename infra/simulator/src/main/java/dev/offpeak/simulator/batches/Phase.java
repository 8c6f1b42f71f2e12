package dev.offpeak.simulator.batches;

import java.util.Locale;

/// Where a batch stands. A provider may show fewer phases than there are.
public enum Phase {
    VALIDATING,
    FAILED,
    IN_PROGRESS,
    FINALIZING,
    COMPLETED,
    EXPIRED,
    CANCELLING,
    CANCELLED;

    public boolean terminal() {
        return switch (this) {
            case FAILED, COMPLETED, EXPIRED, CANCELLED -> true;
            case VALIDATING, IN_PROGRESS, FINALIZING, CANCELLING -> false;
        };
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Phase of(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
