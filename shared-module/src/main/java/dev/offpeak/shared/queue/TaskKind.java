package dev.offpeak.shared.queue;

import java.util.Locale;

/// What a task wakes. Names stand in stored tasks: never rename one, keep an old one for a release.
public enum TaskKind {
    /// A generation job that is due.
    JOB,
    /// A webhook delivery that is due.
    DELIVERY;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static TaskKind ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
