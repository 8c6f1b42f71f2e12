package dev.offpeak.api.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.ApiKeyId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.tenants.KeySecret;
import dev.offpeak.shared.tenants.Scope;
import dev.offpeak.shared.tenants.TenantStore;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CallersTest {
    private static final KeySecret KEY = KeySecret.of("a key of this test");
    private static final TenantStore.Caller HOLDER =
            new TenantStore.Caller(new TenantId(new UUID(1, 1)), new ApiKeyId(new UUID(2, 2)), Set.of(Scope.READ));

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile Optional<TenantStore.Caller> held = Optional.of(HOLDER);
    private final Callers callers = new Callers(store(), nanos::get);

    @Test
    void takesARevokedKeyForNoLongerThanTheFiveSecondsThatArePromised() {
        assertThat(callers.holderOf(KEY)).isPresent();
        held = Optional.empty();

        nanos.addAndGet(Duration.ofSeconds(5).toNanos());

        assertThat(callers.holderOf(KEY)).isEmpty();
    }

    @Test
    void asksOnceForAllThatComeMeanwhile() {
        for (int i = 0; i < 10; i++) {
            assertThat(callers.holderOf(KEY)).isPresent();
        }

        assertThat(asked).hasValue(1);
    }

    private TenantStore store() {
        return (TenantStore) Proxy.newProxyInstance(
                TenantStore.class.getClassLoader(), new Class<?>[] {TenantStore.class}, (_, method, _) -> {
                    assertThat(method.getName()).isEqualTo("authenticate");
                    asked.incrementAndGet();
                    return held;
                });
    }
}
