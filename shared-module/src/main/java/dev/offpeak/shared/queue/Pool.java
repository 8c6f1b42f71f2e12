package dev.offpeak.shared.queue;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Places of a worker that only one sort of work may take, so that no other sort can make it wait. Names stand in
/// stored tasks and in metrics: never rename one.
public enum Pool {
    /// Jobs somebody waits for.
    INTERACTIVE,
    /// Webhooks.
    DELIVERIES,
    /// What feeds bulk work into the queue a piece at a time.
    BULK,
    /// Fan-outs and what the clock asks for.
    UPKEEP;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @return empty where this process does not know the pool: its tasks come from a newer one
    public static Optional<Pool> ofWire(String wire) {
        return Arrays.stream(values()).filter(pool -> pool.wire().equals(wire)).findFirst();
    }
}
