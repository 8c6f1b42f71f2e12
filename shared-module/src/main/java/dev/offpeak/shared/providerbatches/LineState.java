package dev.offpeak.shared.providerbatches;

import java.util.Locale;

/// The states of a line: `assigned → sent → ok | error | expired | lost | cancelled | returned`, or
/// `withdrawn` before it was sent.
public enum LineState {
    ASSIGNED,
    SENT,
    OK,
    ERROR,
    EXPIRED,
    /// The batch ended and said nothing of it.
    LOST,
    CANCELLED,
    /// The provider refused its batch as a whole, or a create that was given up may have brought it there:
    /// nothing is known to have run, and this was no attempt.
    RETURNED,
    WITHDRAWN;

    /// Whether the job waits for it: a job has one such line at most.
    public boolean underWay() {
        return this == ASSIGNED || this == SENT;
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static LineState ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
