package dev.offpeak.shared.batches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.Usd;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A batch that its feeder holds: only the newest fence may write for it.
///
/// @param total its lines
/// @param createdAt of the batch and all its jobs
/// @param now the database's time at the claim
/// @param stopped whether nothing more of it is sent
public record ClaimedBatch(
        BatchId id,
        TenantId tenant,
        long fence,
        BatchStatus status,
        @Nullable Usd maxCost,
        boolean stopped,
        int total,
        Instant createdAt,
        Instant now) {}
