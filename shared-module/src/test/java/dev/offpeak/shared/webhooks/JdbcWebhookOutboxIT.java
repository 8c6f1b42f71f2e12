package dev.offpeak.shared.webhooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.queue.RecordingQueue;
import dev.offpeak.shared.secrets.SecretBox;
import dev.offpeak.shared.secrets.UnreadableSecret;
import dev.offpeak.shared.testing.TestServers;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class JdbcWebhookOutboxIT {

    private static final TestServers.Database DATABASE = TestServers.freshDatabase();
    private static final Instant CREATED = Instant.parse("2026-11-21T18:00:00Z");

    @SuppressWarnings("TimeZoneUsage") // Only ids come from it.
    private final IdGenerator ids = new TimeOrderedIds(Clock.systemUTC());

    private final DriverManagerDataSource source =
            new DriverManagerDataSource(DATABASE.jdbcUrl(), DATABASE.username(), DATABASE.password());
    private final JdbcClient jdbc = JdbcClient.create(source);
    private final TransactionTemplate inTransaction = new TransactionTemplate(new JdbcTransactionManager(source));
    private final RecordingQueue queue = new RecordingQueue();
    private final WebhookOutbox outbox = new JdbcWebhookOutbox(jdbc, queue, ids);
    private final SealedSecrets sealed =
            new SealedSecrets(new SecretBox("a key that only tests use", new SecureRandom()));
    private final TenantId tenant = new TenantId(ids.next());
    private final JobId job = new JobId(ids.next());
    private final WebhookTarget target = new WebhookTarget("https://example.com/hook", null);

    @Test
    void writesMessageDeliveryAndWake() {
        var secret = new byte[] {1, 2, 3};

        var message = inTransaction.execute(_ -> outbox.jobEnded(
                tenant, job, CREATED, "job.succeeded", "{\"ä\":\"\ud800\"}", new WebhookTarget(target.url(), secret)));

        assertThat(message).isPresent();
        assertThat(queue.enqueued()).hasSize(1);
        var delivery =
                jdbc.sql("""
                        SELECT d.*, m.payload, m.type
                          FROM webhook_delivery d JOIN webhook_message m ON m.id = d.message_id
                         WHERE d.id = ?""").param(queue.enqueued().getFirst().id()).query().singleRow();
        assertThat(delivery)
                .containsEntry("message_id", message.orElseThrow().value())
                .containsEntry("task_id", queue.enqueued().getFirst().taskId())
                .containsEntry("status", "pending")
                .containsEntry("type", "job.succeeded")
                .containsEntry("secret", secret)
                .containsEntry("tries", 0);
    }

    @Test
    void tellsAStateOnce() {
        var first = tell(CREATED);
        var second = tell(CREATED);

        assertThat(first).isTrue();
        assertThat(second).isFalse();
        assertThat(queue.enqueued()).hasSize(1);
        assertThat(deliveries()).isEqualTo(1);
    }

    @Test
    void writesNothingWithoutATarget() {
        var message = inTransaction.execute(_ -> outbox.jobEnded(tenant, job, CREATED, "job.failed", "{}", null));

        assertThat(message).isEmpty();
        assertThat(queue.enqueued()).isEmpty();
    }

    @Test
    void vanishesWithTheCallersTransaction() {
        inTransaction.executeWithoutResult(transaction -> {
            outbox.jobEnded(tenant, job, CREATED, "job.failed", "{}", target);
            transaction.setRollbackOnly();
        });

        assertThat(deliveries()).isZero();
    }

    @Test
    void refusesToWriteOutsideATransaction() {
        assertThatThrownBy(() -> outbox.jobEnded(tenant, job, CREATED, "job.failed", "{}", target))
                .isInstanceOf(IllegalStateException.class);
        assertThat(deliveries()).isZero();
    }

    @Test
    void takesJobsOfAnyMonth() {
        assertThat(tell(Instant.parse("2001-02-03T04:05:06Z"))).isTrue();
        assertThat(tell(Instant.parse("2101-02-03T04:05:06Z"))).isTrue();
        assertThat(tell(CREATED)).isTrue();
    }

    @Test
    void givesATenantOneSecretHoweverManyAskAtOnce() throws Exception {
        var secrets = new JdbcTenantSecrets(jdbc, sealed, new SecureRandom());
        Callable<SigningSecret> ask = () -> secrets.currentFor(tenant);

        var given = new HashSet<SigningSecret>();
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (var answer : threads.invokeAll(java.util.Collections.nCopies(32, ask))) {
                given.add(answer.get());
            }
        }

        assertThat(given).hasSize(1);
        assertThat(secrets.currentFor(new TenantId(ids.next()))).isNotIn(given);
    }

    @Test
    void keepsOneTenantsSecretShutToAnother() {
        var envelope = sealed.seal(tenant, SigningSecret.create(new SecureRandom()));

        assertThatThrownBy(() -> sealed.open(new TenantId(ids.next()), envelope))
                .isInstanceOf(UnreadableSecret.class);
    }

    private boolean tell(Instant jobCreatedAt) {
        return inTransaction
                .execute(_ -> outbox.jobEnded(tenant, job, jobCreatedAt, "job.succeeded", "{}", target))
                .isPresent();
    }

    private long deliveries() {
        return jdbc.sql("SELECT count(*) FROM webhook_delivery WHERE tenant = ?")
                .param(tenant.value())
                .query(Long.class)
                .single();
    }
}
