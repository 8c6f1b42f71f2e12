package dev.offpeak.shared.workflows;

import java.util.Locale;

/// Which of a workflow's two models answers.
public enum Tier {
    FAST,
    FULL;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Tier ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
