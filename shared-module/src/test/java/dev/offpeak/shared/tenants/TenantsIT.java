package dev.offpeak.shared.tenants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.offpeak.shared.core.ApiKeyId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.testing.TestServers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

class TenantsIT {

    private static final List<TenantId> SET_UP = new ArrayList<>();

    private static final AtomicLong NEXT = new AtomicLong();

    private static TenantStore store;
    private static Tenants tenants;

    @BeforeAll
    static void connect() {
        var database = TestServers.freshDatabase();
        var source = new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password());
        store = new JdbcTenantStore(JdbcClient.create(source));
        tenants = new Tenants(store, () -> new UUID(7, NEXT.incrementAndGet()), List.of(SET_UP::add));
    }

    @Test
    void opensTheFirstTenantWithEveryBootstrapKeyEverGiven() {
        tenants.bootstrap("the-first-bootstrap-key-of-all");
        tenants.bootstrap("the-first-bootstrap-key-of-all");
        tenants.bootstrap("another-bootstrap-key-for-it");

        var first = store.authenticate(KeySecret.of("the-first-bootstrap-key-of-all"))
                .orElseThrow();
        var second =
                store.authenticate(KeySecret.of("another-bootstrap-key-for-it")).orElseThrow();
        assertThat(first.tenant()).isEqualTo(second.tenant());
        assertThat(first.scopes()).containsExactlyInAnyOrder(Scope.values());
        assertThat(store.listKeys(first.tenant(), null, 10)).hasSize(2);
        assertThat(SET_UP).containsOnlyOnce(first.tenant());
    }

    @Test
    void refusesABootstrapKeyThatCanBeGuessed() {
        assertThatIllegalArgumentException().isThrownBy(() -> tenants.bootstrap("short"));
    }

    @Test
    void knowsAKeyUntilItIsRevoked() {
        var tenant = tenants.create("acme");
        var made = tenants.createKey(tenant.id(), Set.of(Scope.JOBS), null);

        var caller = store.authenticate(made.secret()).orElseThrow();
        assertThat(caller)
                .isEqualTo(new TenantStore.Caller(tenant.id(), made.key().id(), Set.of(Scope.JOBS)));
        assertThat(store.findKey(made.key().id()).orElseThrow().lastUsedAt()).isNotNull();

        assertThat(store.revokeKey(tenant.id(), made.key().id())).isTrue();
        assertThat(store.revokeKey(tenant.id(), made.key().id())).isTrue();
        assertThat(store.authenticate(made.secret())).isEmpty();
    }

    @Test
    void refusesKeysThatExpiredOrWhoseTenantIsSuspended() {
        var tenant = tenants.create("suspended");
        var expired = tenants.createKey(tenant.id(), Set.of(Scope.JOBS), Instant.EPOCH);
        var alive = tenants.createKey(tenant.id(), Set.of(Scope.JOBS), null);

        assertThat(store.authenticate(expired.secret())).isEmpty();
        assertThat(store.authenticate(alive.secret())).isPresent();
        store.change(tenant.id(), null, true, null, 30);
        assertThat(store.authenticate(alive.secret())).isEmpty();
        assertThat(store.find(tenant.id()).orElseThrow())
                .extracting(Tenant::name, Tenant::suspended, Tenant::promptRetentionDays, Tenant::jobRetentionDays)
                .containsExactly("suspended", true, 30, 30);
    }

    @Test
    void leavesAnotherTenantsKeyAlone() {
        var one = tenants.create("one");
        var other = tenants.create("other");
        var made = tenants.createKey(one.id(), Set.of(Scope.READ), null);

        assertThat(store.revokeKey(other.id(), made.key().id())).isFalse();
        assertThat(store.authenticate(made.secret())).isPresent();
    }

    @Test
    void listsPageByPage() {
        var tenant = tenants.create("pages");
        var made = new ArrayList<ApiKeyId>();
        for (int i = 0; i < 3; i++) {
            made.addFirst(tenants.createKey(tenant.id(), Set.of(Scope.READ), null)
                    .key()
                    .id());
        }

        var page = store.listKeys(tenant.id(), null, 2);
        var rest = store.listKeys(tenant.id(), page.getLast().id(), 2);

        var read = new ArrayList<>(page);
        read.addAll(rest);
        assertThat(read.stream().map(ApiKey::id)).containsExactlyElementsOf(made);
    }
}
