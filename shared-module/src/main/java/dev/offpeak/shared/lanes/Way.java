package dev.offpeak.shared.lanes;

import dev.offpeak.shared.jobs.Lane;
import java.util.Locale;

/// A lane at one of its prices.
public enum Way {
    /// A call now, at the list price.
    DIRECT,
    /// A line of a provider batch.
    BATCH,
    /// A call that the provider answers when it has capacity to spare, at the price of a batch.
    FLEX;

    public Lane lane() {
        return switch (this) {
            case DIRECT, FLEX -> Lane.DIRECT;
            case BATCH -> Lane.BATCH;
        };
    }

    /// At which of a provider's prices, in the words of the wire.
    public String tariff() {
        return switch (this) {
            case DIRECT -> "standard";
            case BATCH -> "batch";
            case FLEX -> "flex";
        };
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
