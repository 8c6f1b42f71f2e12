package dev.offpeak.shared.core;

import java.util.Optional;
import java.util.UUID;

/// The id of a tenant's bulk submission, `bat_…` outside.
public record BatchId(UUID value) {

    private static final String PREFIX = "bat";

    /// @return empty where the text is no such id
    public static Optional<BatchId> parse(String text) {
        return PrefixedId.parse(PREFIX, text).map(BatchId::new);
    }

    @Override
    public String toString() {
        return PrefixedId.format(PREFIX, value);
    }
}
