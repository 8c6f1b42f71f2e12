package dev.offpeak.shared.jobs;

import java.util.Locale;

/// Why a job waits.
public enum WaitReason {
    /// A try failed; the next one is due later.
    BACKOFF,
    /// The provider limits our rate.
    RATE_LIMITED,
    /// The provider cannot be reached or is overloaded.
    PROVIDER_DOWN,
    /// An equal request is already under way.
    COALESCED,
    /// It collects for a provider batch.
    COLLECTING;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static WaitReason ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
