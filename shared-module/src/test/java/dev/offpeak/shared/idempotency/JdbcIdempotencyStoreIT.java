package dev.offpeak.shared.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.testing.TestServers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionTemplate;

class JdbcIdempotencyStoreIT {

    private static final IdGenerator IDS = new TimeOrderedIds(InstantSource.system());
    private static final byte[] FINGERPRINT = new byte[32];

    private final DriverManagerDataSource source = source();
    private final JdbcClient jdbc = JdbcClient.create(source);
    private final TransactionTemplate transaction = new TransactionTemplate(new DataSourceTransactionManager(source));
    private final IdempotencyStore store = new JdbcIdempotencyStore(jdbc);

    private static DriverManagerDataSource source() {
        var database = TestServers.freshDatabase();
        return new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password());
    }

    private TenantId tenant() {
        var id = new TenantId(IDS.next());
        jdbc.sql("INSERT INTO tenant (id, name) VALUES (:id, 'acme')")
                .param("id", id.value())
                .update();
        return id;
    }

    private boolean claim(TenantId tenant, Duration patience) {
        return store.claim(tenant, "key-1", FINGERPRINT, Duration.ofDays(7), patience);
    }

    @Test
    void saysThatATwinTakesTooLong() throws Exception {
        TenantId tenant = tenant();
        var claimed = new CompletableFuture<Boolean>();
        var done = new CompletableFuture<Boolean>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var first = threads.submit(() -> transaction.execute(_ -> {
                claimed.complete(claim(tenant, Duration.ofSeconds(1)));
                return done.completeOnTimeout(false, 3, TimeUnit.MINUTES).join();
            }));
            assertThat(claimed.get(3, TimeUnit.MINUTES)).isTrue();

            assertThatThrownBy(() -> transaction.execute(_ -> claim(tenant, Duration.ofMillis(50))))
                    .isInstanceOf(PessimisticLockingFailureException.class);

            done.complete(true);
            assertThat(first.get(3, TimeUnit.MINUTES)).isTrue();
        }
    }

    @Test
    void waitsForNothingElseInAHurry() {
        TenantId tenant = tenant();

        String timeout = transaction.execute(_ -> {
            claim(tenant, Duration.ofMillis(50));
            return jdbc.sql("SHOW lock_timeout").query(String.class).single();
        });

        assertThat(timeout).isEqualTo("0");
    }

    @Test
    void keepsAnAnswerOnlyForARecordThatIsThere() {
        TenantId tenant = tenant();

        assertThatThrownBy(() -> store.complete(tenant, "key-2", 202, null, "{}", null, null))
                .isInstanceOf(IllegalStateException.class);
    }
}
