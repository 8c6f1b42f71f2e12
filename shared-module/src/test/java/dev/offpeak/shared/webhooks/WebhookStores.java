package dev.offpeak.shared.webhooks;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.queue.JobQueue;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The real stores, for tests of other rooms.
public final class WebhookStores {

    private WebhookStores() {}

    public static WebhookOutbox outbox(JdbcClient jdbc, JobQueue queue, IdGenerator ids) {
        return new JdbcWebhookOutbox(jdbc, queue, ids);
    }
}
