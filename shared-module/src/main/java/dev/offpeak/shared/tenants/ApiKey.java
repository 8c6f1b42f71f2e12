package dev.offpeak.shared.tenants;

import dev.offpeak.shared.core.ApiKeyId;
import dev.offpeak.shared.core.TenantId;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is known of an API key: never the key itself.
///
/// @param prefix its first characters, by which a person recognises it
/// @param last4 its last four characters
/// @param lastUsedAt to the minute
public record ApiKey(
        ApiKeyId id,
        TenantId tenant,
        String prefix,
        String last4,
        Set<Scope> scopes,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant revokedAt,
        @Nullable Instant lastUsedAt) {

    public ApiKey {
        scopes = Set.copyOf(EnumSet.copyOf(scopes));
    }
}
