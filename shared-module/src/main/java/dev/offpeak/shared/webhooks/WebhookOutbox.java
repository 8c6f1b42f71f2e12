package dev.offpeak.shared.webhooks;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.MessageId;
import dev.offpeak.shared.core.TenantId;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Takes the messages that a change of state owes to a receiver.
public interface WebhookOutbox {

    /// Writes, in the caller's transaction, the message that a job has ended or its cost is final, the message's
    /// delivery and the wake-up of a worker.
    ///
    /// @param type such as `job.succeeded`
    /// @param payload the whole body, from [WebhookPayload]; frozen from here on
    /// @param target null where the job has no webhook
    /// @return the id of every try; empty where nothing was written, because there is no target or the state was
    /// told before
    /// @throws IllegalStateException where no read-write transaction is open
    Optional<MessageId> jobEnded(
            TenantId tenant,
            JobId job,
            Instant jobCreatedAt,
            String type,
            String payload,
            @Nullable WebhookTarget target);
}
