package dev.offpeak.shared.jobs;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// The states of a job and the moves between them. SQL guards every move again.
///
/// ```
/// create → queued | succeeded
/// queued → running | batched | succeeded | failed | cancelled | expired
/// running → queued (backoff, snooze, dead worker) | batched | terminal
/// batched → queued | running (rescue) | terminal
/// ```
public enum JobStatus {
    QUEUED,
    RUNNING,
    BATCHED,
    SUCCEEDED,
    FAILED,
    CANCELLED,
    EXPIRED;

    public boolean terminal() {
        return switch (this) {
            case QUEUED, RUNNING, BATCHED -> false;
            case SUCCEEDED, FAILED, CANCELLED, EXPIRED -> true;
        };
    }

    public boolean canMoveTo(JobStatus next) {
        return successors().contains(next);
    }

    private Set<JobStatus> successors() {
        return switch (this) {
            case QUEUED -> EnumSet.of(RUNNING, BATCHED, SUCCEEDED, FAILED, CANCELLED, EXPIRED);
            case RUNNING -> EnumSet.of(QUEUED, BATCHED, SUCCEEDED, FAILED, CANCELLED, EXPIRED);
            case BATCHED -> EnumSet.of(QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED, EXPIRED);
            case SUCCEEDED, FAILED, CANCELLED, EXPIRED -> EnumSet.noneOf(JobStatus.class);
        };
    }

    /// The type of the webhook that announces this terminal state.
    ///
    /// @throws IllegalStateException for a state that is not terminal
    public String webhookType() {
        if (!terminal()) {
            throw new IllegalStateException(wire() + " is not terminal");
        }
        return "job." + wire();
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static JobStatus ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
