package dev.offpeak.shared.webhooks;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.MessageId;
import dev.offpeak.shared.core.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Takes the messages that a change of state owes to a receiver.
public interface WebhookOutbox {

    /// Writes, in the caller's transaction, the message that a job has ended or its cost is final, the
    /// message's delivery and the wake-up of a worker.
    ///
    /// @param type such as `job.succeeded`
    /// @param payload the whole body, from [WebhookPayload]; frozen from here on
    /// @param target null where the job has no webhook
    /// @return the id of every try; empty where nothing was written, because there is no target or the
    ///     state was told before
    /// @throws IllegalStateException where no read-write transaction is open
    Optional<MessageId> jobEnded(
            TenantId tenant,
            JobId job,
            Instant jobCreatedAt,
            String type,
            String payload,
            @Nullable WebhookTarget target);

    /// The same for a tenant's batch that has ended: its message stands where those of jobs do, under its id.
    ///
    /// @param type such as `batch.completed`
    default Optional<MessageId> batchEnded(
            TenantId tenant,
            BatchId batch,
            Instant batchCreatedAt,
            String type,
            String payload,
            @Nullable WebhookTarget target) {
        return jobEnded(tenant, new JobId(batch.value()), batchCreatedAt, type, payload, target);
    }

    /// The same for many jobs at once. Their deliveries are woken within a second, by whoever looks
    /// after due ones.
    default void jobsEnded(List<Message> messages) {
        messages.forEach(message -> jobEnded(
                message.tenant(),
                message.job(),
                message.jobCreatedAt(),
                message.type(),
                message.payload(),
                message.target()));
    }

    /// What a receiver is to be told; as the parameters of [#jobEnded].
    record Message(
            TenantId tenant, JobId job, Instant jobCreatedAt, String type, String payload, WebhookTarget target) {}
}
