package dev.offpeak.shared.queue;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What a task wakes. Names stand in stored tasks: never rename one, keep an old one for a release.
public enum TaskKind {
    /// A generation job that is due.
    JOB(Pool.INTERACTIVE),
    /// A webhook delivery that is due.
    DELIVERY(Pool.DELIVERIES),
    /// A tenant's batch that has lines to feed, or may have ended.
    FEEDER(Pool.BULK),
    /// The next step of a provider batch.
    PROVIDER_BATCH(Pool.BULK);

    private final Pool pool;

    TaskKind(Pool pool) {
        this.pool = pool;
    }

    /// Whose places it takes.
    public Pool pool() {
        return pool;
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @return empty where this process does not know the kind: the task may come from a newer one
    public static Optional<TaskKind> ofWire(String wire) {
        return Arrays.stream(values()).filter(kind -> kind.wire().equals(wire)).findFirst();
    }
}
