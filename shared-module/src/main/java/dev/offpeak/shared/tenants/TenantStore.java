package dev.offpeak.shared.tenants;

import dev.offpeak.shared.core.ApiKeyId;
import dev.offpeak.shared.core.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tenants and API keys as rows. Times are the database's.
public interface TenantStore {

    /// A key that may be used now, with whose it is.
    record Caller(TenantId tenant, ApiKeyId key, Set<Scope> scopes) {}

    Tenant insert(TenantId id, String name, boolean first);

    Optional<Tenant> find(TenantId id);

    /// The tenant of the bootstrap key.
    Optional<Tenant> findFirst();

    /// Lets one process at a time bootstrap; held until the transaction ends.
    void lockBootstrap();

    /// Newest first.
    ///
    /// @param after the last one already read, exclusive
    List<Tenant> list(@Nullable TenantId after, int limit);

    /// @param name null leaves it, as for the others
    /// @return empty where there is no such tenant
    Optional<Tenant> change(
            TenantId id,
            @Nullable String name,
            @Nullable Boolean suspended,
            @Nullable Integer promptRetentionDays,
            @Nullable Integer jobRetentionDays);

    /// @return empty where that key exists already, whoever's it is
    Optional<ApiKey> insertKey(
            ApiKeyId id, TenantId tenant, KeySecret secret, Set<Scope> scopes, @Nullable Instant expiresAt);

    Optional<ApiKey> findKey(ApiKeyId id);

    /// Newest first, revoked ones included.
    List<ApiKey> listKeys(TenantId tenant, @Nullable ApiKeyId after, int limit);

    /// @return whether there is such a key of that tenant; revoking twice changes nothing
    boolean revokeKey(TenantId tenant, ApiKeyId id);

    /// Whose key this is, where it is neither revoked nor expired and its tenant is not suspended. Notes the use.
    Optional<Caller> authenticate(KeySecret secret);
}
