package dev.offpeak.shared.jobs;

import java.util.Locale;

/// What sort of work a job is.
public enum JobType {
    GENERATION,
    CACHE_WARMING,
    PRECOMPUTE,
    EVALUATION,
    EXPORT,
    WEBHOOK_RECOVERY;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static JobType ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
