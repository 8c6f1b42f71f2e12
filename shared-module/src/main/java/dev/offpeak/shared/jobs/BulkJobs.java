package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.TenantId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The jobs of a tenant's bulk, many at once.
public interface BulkJobs {

    /// Cancels open lines, with their webhooks, in the caller's transaction. A call or a line under way is not waited
    /// for: it is still paid and stands in the ledger. Lines that somebody else holds are left for the next time.
    ///
    /// @return how many
    int cancel(BatchId batch, int limit);

    /// Fails lines that still wait for their feeder, or to go again, with their webhooks, in the caller's transaction.
    ///
    /// @return how many
    int failUnfed(BatchId batch, ErrorCode code, String message, int limit);

    /// Lines that have ended, in an order in which nothing appears later before what was read: a bounded part of them.
    ///
    /// @param createdAt of the batch and all its jobs
    /// @param ended whether the batch had ended before this was asked; else what a transaction under way may still
    ///     precede is held back
    /// @param after the last one already read
    /// @return empty where there is no more for now
    List<LandedLine> landed(
            TenantId tenant, BatchId batch, Instant createdAt, boolean ended, LandedLine.@Nullable Place after);
}
