package dev.offpeak.api.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.offpeak.shared.tenants.KeySecret;
import dev.offpeak.shared.tenants.TenantStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/// Knows who holds a key. Answers are remembered for four seconds, so a revoked key stops working on every node
/// within the five that are promised. Keys are remembered by their hash only.
final class Callers {

    static final Duration REMEMBERED = Duration.ofSeconds(4);

    private static final int MOST = 10_000;

    private final TenantStore store;
    private final Cache<ByteBuffer, Optional<ApiCaller>> remembered;

    Callers(TenantStore store, Ticker ticker) {
        this.store = store;
        this.remembered = Caffeine.newBuilder()
                .expireAfterWrite(REMEMBERED)
                .maximumSize(MOST)
                .ticker(ticker)
                .build();
    }

    Optional<ApiCaller> holderOf(KeySecret key) {
        if (key.mistyped()) {
            return Optional.empty();
        }
        return remembered.get(ByteBuffer.wrap(key.sha256()), _ -> lookUp(key));
    }

    private Optional<ApiCaller> lookUp(KeySecret key) {
        return store.authenticate(key).map(found -> new ApiCaller(found.tenant(), found.key(), found.scopes()));
    }
}
