package dev.offpeak.shared.core;

import java.util.Optional;
import java.util.UUID;

/// The id of an API key, `key_…` outside; not the key itself.
public record ApiKeyId(UUID value) {

    private static final String PREFIX = "key";

    /// @return empty where the text is no such id
    public static Optional<ApiKeyId> parse(String text) {
        return PrefixedId.parse(PREFIX, text).map(ApiKeyId::new);
    }

    @Override
    public String toString() {
        return PrefixedId.format(PREFIX, value);
    }
}
