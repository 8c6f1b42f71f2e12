package dev.offpeak.shared.batches;

import java.util.Locale;

/// The states of a batch.
public enum BatchStatus {
    RUNNING,
    /// Its tenant wants no more of it; lines that are open are being cancelled.
    CANCELLING,
    /// All its lines have ended, at least one with a result.
    COMPLETED,
    /// All have ended without a result, none of them because of its deadline.
    FAILED,
    /// Its tenant cancelled it, or each of its lines.
    CANCELLED,
    /// All have ended without a result, at least one because of its deadline.
    EXPIRED;

    public boolean terminal() {
        return switch (this) {
            case RUNNING, CANCELLING -> false;
            case COMPLETED, FAILED, CANCELLED, EXPIRED -> true;
        };
    }

    /// How a batch ends whose lines have.
    ///
    /// @param cancelling whether its tenant had cancelled it
    static BatchStatus endOf(boolean cancelling, BatchCounts counts) {
        if (cancelling) {
            return CANCELLED;
        }
        if (counts.succeeded() > 0) {
            return COMPLETED;
        }
        if (counts.expired() > 0) {
            return EXPIRED;
        }
        return counts.failed() > 0 ? FAILED : CANCELLED;
    }

    /// The type of the webhook that announces this terminal state.
    String webhookType() {
        return "batch." + wire();
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static BatchStatus ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
