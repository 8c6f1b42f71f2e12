package dev.offpeak.shared.core;

import java.util.Optional;
import java.util.UUID;

/// The id of one direct request to a provider, `call_…` outside; sent to the provider as `X-Client-Request-Id`.
public record CallId(UUID value) {

    private static final String PREFIX = "call";

    /// @return empty where the text is no such id
    public static Optional<CallId> parse(String text) {
        return PrefixedId.parse(PREFIX, text).map(CallId::new);
    }

    @Override
    public String toString() {
        return PrefixedId.format(PREFIX, value);
    }
}
