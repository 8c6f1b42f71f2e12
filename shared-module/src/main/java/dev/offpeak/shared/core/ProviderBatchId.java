package dev.offpeak.shared.core;

import java.util.Optional;
import java.util.UUID;

/// The id of one batch at a provider, `pb_…` outside; also the stem of its lines' custom ids.
public record ProviderBatchId(UUID value) {

    private static final String PREFIX = "pb";

    /// @return empty where the text is no such id
    public static Optional<ProviderBatchId> parse(String text) {
        return PrefixedId.parse(PREFIX, text).map(ProviderBatchId::new);
    }

    @Override
    public String toString() {
        return PrefixedId.format(PREFIX, value);
    }
}
