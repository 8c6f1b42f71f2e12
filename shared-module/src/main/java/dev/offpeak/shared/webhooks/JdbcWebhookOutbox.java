package dev.offpeak.shared.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.ZoneOffset.UTC;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.MessageId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import java.sql.Types;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;

class JdbcWebhookOutbox implements WebhookOutbox {

    private static final int FIRST_WAKE = 1;

    private final JdbcClient jdbc;
    private final JobQueue queue;
    private final IdGenerator ids;

    JdbcWebhookOutbox(JdbcClient jdbc, JobQueue queue, IdGenerator ids) {
        this.jdbc = jdbc;
        this.queue = queue;
        this.ids = ids;
    }

    @Override
    public Optional<MessageId> jobEnded(
            TenantId tenant,
            JobId job,
            Instant jobCreatedAt,
            String type,
            String payload,
            @Nullable WebhookTarget target) {
        if (target == null) {
            return Optional.empty();
        }
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("A webhook message is written in the transaction that ends its job");
        }
        var message = new MessageId(ids.next());
        var task = new Task(TaskKind.DELIVERY, ids.next(), FIRST_WAKE, tenant);
        var written = jdbc.sql("""
                WITH message AS (
                    INSERT INTO webhook_message (id, job_id, job_created_at, tenant, type, payload)
                    VALUES (:message, :job, :jobCreatedAt, :tenant, :type, :payload)
                        ON CONFLICT DO NOTHING   -- told before: no second delivery either
                    RETURNING id)
                INSERT INTO webhook_delivery (id, message_id, job_created_at, tenant, url, secret, wake, task_id)
                SELECT :delivery, id, :jobCreatedAt, :tenant, :url, :secret, :wake, :task
                  FROM message
                """)
                .param("message", message.value())
                .param("job", job.value())
                .param("jobCreatedAt", jobCreatedAt.atOffset(UTC))
                .param("tenant", tenant.value())
                .param("type", type)
                .param("payload", payload.getBytes(UTF_8))
                .param("delivery", task.id())
                .param("url", target.url())
                .param("secret", target.sealedSecret(), Types.BINARY)
                .param("wake", task.wake())
                .param("task", task.taskId())
                .update();
        if (written == 0) {
            return Optional.empty();
        }
        queue.enqueue(task);
        return Optional.of(message);
    }
}
