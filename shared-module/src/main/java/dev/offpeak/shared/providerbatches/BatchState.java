package dev.offpeak.shared.providerbatches;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// The states of a provider batch and the moves between them. SQL guards every move again.
///
/// ```
/// collecting → closed → waiting_quota → uploading → uploaded → creating → submitted → (cancelling) → ended
///            → reconciling → reconciled
/// collecting, closed, waiting_quota, uploading → abandoned, where no line is left to send
/// ```
/// A provider without input files goes from `uploading`, which then only writes the input, to `creating`.
public enum BatchState {
    COLLECTING,
    CLOSED,
    WAITING_QUOTA,
    UPLOADING,
    UPLOADED,
    CREATING,
    SUBMITTED,
    CANCELLING,
    ENDED,
    RECONCILING,
    RECONCILED,
    ABANDONED;

    /// Whether the provider may have, or soon have, lines of it: they count against its limit.
    public boolean enqueued() {
        return switch (this) {
            case UPLOADING, UPLOADED, CREATING, SUBMITTED, CANCELLING -> true;
            case COLLECTING, CLOSED, WAITING_QUOTA, ENDED, RECONCILING, RECONCILED, ABANDONED -> false;
        };
    }

    public boolean canMoveTo(BatchState next) {
        return successors().contains(next);
    }

    private Set<BatchState> successors() {
        return switch (this) {
            case COLLECTING -> EnumSet.of(CLOSED, ABANDONED);
            case CLOSED -> EnumSet.of(WAITING_QUOTA, UPLOADING, ABANDONED);
            case WAITING_QUOTA -> EnumSet.of(UPLOADING, ABANDONED);
            // A crash or a refusal on the way makes another attempt; what the provider refuses for good has ended.
            case UPLOADING -> EnumSet.of(UPLOADED, CREATING, WAITING_QUOTA, ENDED, ABANDONED);
            case UPLOADED -> EnumSet.of(CREATING, UPLOADING, ENDED);
            case CREATING -> EnumSet.of(SUBMITTED, UPLOADING, WAITING_QUOTA, ENDED);
            case SUBMITTED -> EnumSet.of(CANCELLING, ENDED);
            case CANCELLING -> EnumSet.of(ENDED);
            case ENDED -> EnumSet.of(RECONCILING);
            case RECONCILING -> EnumSet.of(RECONCILED, CREATING); // it was not ours
            case RECONCILED, ABANDONED -> EnumSet.noneOf(BatchState.class);
        };
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static BatchState ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
