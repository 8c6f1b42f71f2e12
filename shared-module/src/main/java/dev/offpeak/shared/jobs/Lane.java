package dev.offpeak.shared.jobs;

import java.util.Locale;

/// How a job is answered.
public enum Lane {
    /// An answer already paid for.
    CACHE,
    /// A call now.
    DIRECT,
    /// A line of a provider batch.
    BATCH;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Lane ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
