package dev.offpeak.api.security;

import dev.offpeak.shared.tenants.Tenants;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/// Sees to it that `OFFPEAK_BOOTSTRAP_KEY` opens the first tenant before the first request is taken.
@Component
class BootstrapKey implements SmartInitializingSingleton {

    private final Tenants tenants;
    private final @Nullable String key;

    BootstrapKey(Tenants tenants, @Value("${offpeak.bootstrap-key:#{null}}") @Nullable String key) {
        this.tenants = tenants;
        this.key = key;
    }

    @Override
    public void afterSingletonsInstantiated() {
        if (key != null && !key.isBlank()) {
            tenants.bootstrap(key);
        }
    }
}
