package dev.offpeak.shared.webhooks;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.queue.JobQueue;
import java.security.SecureRandom;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The adapters on PostgreSQL, for tests of other modules that wire by hand.
public final class WebhookRows {

    private WebhookRows() {}

    public static WebhookOutbox outbox(JdbcClient jdbc, JobQueue queue, IdGenerator ids) {
        return new JdbcWebhookOutbox(jdbc, queue, ids);
    }

    public static TenantSecrets tenantSecrets(JdbcClient jdbc, SealedSecrets sealed) {
        return new JdbcTenantSecrets(jdbc, sealed, new SecureRandom());
    }
}
