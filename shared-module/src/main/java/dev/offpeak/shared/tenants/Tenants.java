package dev.offpeak.shared.tenants;

import dev.offpeak.shared.core.ApiKeyId;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.TenantId;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.annotation.Transactional;

/// How tenants and keys come into being.
public class Tenants {

    private final TenantStore store;
    private final IdGenerator ids;
    private final List<TenantCreated> setups;
    private final SecureRandom random = new SecureRandom();

    Tenants(TenantStore store, IdGenerator ids, List<TenantCreated> setups) {
        this.store = store;
        this.ids = ids;
        this.setups = List.copyOf(setups);
    }

    /// A fresh key, with the one chance to show it.
    public record NewKey(ApiKey key, KeySecret secret) {}

    /// Creates a tenant with everything a fresh one needs.
    @Transactional
    public Tenant create(String name) {
        return create(name, false);
    }

    /// Creates a key of that tenant.
    ///
    /// @param expiresAt null: never
    @Transactional
    public NewKey createKey(TenantId tenant, Set<Scope> scopes, @Nullable Instant expiresAt) {
        var secret = KeySecret.random(random);
        var key = store.insertKey(new ApiKeyId(ids.next()), tenant, secret, scopes, expiresAt)
                .orElseThrow(() -> new IllegalStateException("190 random bits came twice"));
        return new NewKey(key, secret);
    }

    /// Sees to it that this key opens the first tenant, with all scopes. Does nothing where it does so already.
    ///
    /// @throws IllegalArgumentException where the key is shorter than 24 characters or not printable ASCII
    @Transactional
    public void bootstrap(String key) {
        if (!key.matches("[!-~]{24,512}")) {
            throw new IllegalArgumentException(
                    "OFFPEAK_BOOTSTRAP_KEY must be 24 to 512 printable ASCII characters without blanks");
        }
        store.lockBootstrap();
        var tenant = store.findFirst().orElseGet(() -> create("default", true));
        store.insertKey(new ApiKeyId(ids.next()), tenant.id(), KeySecret.of(key), Set.of(Scope.values()), null);
    }

    private Tenant create(String name, boolean first) {
        var tenant = store.insert(new TenantId(ids.next()), name, first);
        setups.forEach(setup -> setup.tenantCreated(tenant.id()));
        return tenant;
    }
}
