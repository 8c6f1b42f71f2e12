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
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
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
        requireTransaction();
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

    @Override
    public void jobsEnded(List<Message> messages) {
        if (messages.isEmpty()) {
            return;
        }
        requireTransaction();
        jdbc.sql("""
                WITH said AS (
                    SELECT * FROM unnest(CAST(:messages AS uuid[]), CAST(:deliveries AS uuid[]), CAST(:jobs AS uuid[]),
                                         CAST(:created AS timestamptz[]), CAST(:tenants AS uuid[]), CAST(:types AS text[]),
                                         CAST(:payloads AS text[]), CAST(:urls AS text[]), CAST(:secrets AS text[]))
                               AS said (message, delivery, job, created_at, tenant, type, payload, url, secret)),
                message AS (
                    INSERT INTO webhook_message (id, job_id, job_created_at, tenant, type, payload)
                    SELECT message, job, created_at, tenant, type, convert_to(payload, 'UTF8') FROM said
                        ON CONFLICT DO NOTHING   -- told before: no second delivery either
                    RETURNING id)
                INSERT INTO webhook_delivery (id, message_id, job_created_at, tenant, url, secret, wake)
                SELECT said.delivery, said.message, said.created_at, said.tenant, said.url, decode(said.secret, 'hex'), 0
                  FROM said JOIN message ON message.id = said.message
                """)
                .param("messages", uuids(messages, _ -> ids.next()))
                .param("deliveries", uuids(messages, _ -> ids.next()))
                .param("jobs", uuids(messages, message -> message.job().value()))
                .param(
                        "created",
                        texts(messages, message -> message.jobCreatedAt().toString()))
                .param("tenants", uuids(messages, message -> message.tenant().value()))
                .param("types", texts(messages, Message::type))
                .param("payloads", texts(messages, Message::payload))
                .param("urls", texts(messages, message -> message.target().url()))
                .param(
                        "secrets",
                        texts(messages, message -> hex(message.target().sealedSecret())))
                .update();
    }

    private static void requireTransaction() {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("A webhook message is written in the transaction that ends its job");
        }
    }

    private static @Nullable String hex(byte @Nullable [] secret) {
        return secret == null ? null : HexFormat.of().formatHex(secret);
    }

    private static UUID[] uuids(List<Message> messages, Function<Message, UUID> value) {
        return messages.stream().map(value).toArray(UUID[]::new);
    }

    private static @Nullable String[] texts(List<Message> messages, Function<Message, @Nullable String> value) {
        return messages.stream().map(value).toArray(String[]::new);
    }
}
