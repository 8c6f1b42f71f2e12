package dev.offpeak.shared.core;

import java.util.Optional;
import java.util.UUID;

/// The id of a tenant, `ten_…` outside.
public record TenantId(UUID value) {

    private static final String PREFIX = "ten";

    /// @return empty where the text is no such id
    public static Optional<TenantId> parse(String text) {
        return PrefixedId.parse(PREFIX, text).map(TenantId::new);
    }

    @Override
    public String toString() {
        return PrefixedId.format(PREFIX, value);
    }
}
