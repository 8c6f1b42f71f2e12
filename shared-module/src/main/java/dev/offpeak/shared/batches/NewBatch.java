package dev.offpeak.shared.batches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.webhooks.WebhookTarget;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A whole upload that is about to be accepted.
///
/// @param total lines that become jobs
/// @param invalid lines that do not
/// @param estimate null: a model has no price
/// @param webhook who is told that it has ended, if anybody
/// @param createdAt by the database's clock; its jobs say the same
public record NewBatch(
        BatchId id,
        TenantId tenant,
        String workflow,
        int workflowVersion,
        int total,
        int invalid,
        @Nullable Usd estimate,
        @Nullable Usd maxCost,
        @Nullable WebhookTarget webhook,
        boolean lineWebhooks,
        Map<String, String> metadata,
        Instant createdAt,
        Instant deadline) {

    public NewBatch {
        metadata = Map.copyOf(metadata);
    }
}
