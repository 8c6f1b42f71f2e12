package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.Usd;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts the lines of a tenant's bulk into provider batches.
public interface BulkCollector {

    /// Moves queued lines of a bulk to `batched`, each with a line in the group's collecting provider
    /// batch, in the caller's transaction. A provider batch that is full, or has as many lines as the
    /// caller wants, closes on the way and the next one opens.
    ///
    /// @param group with the bulk, or without one: they then share provider batches with other jobs
    /// @param lines at most 1,000; one whose job waits no more is left out
    /// @param mostLines how many lines a provider batch of this group may get, so that first results come
    ///     early; more than the provider allows are as many as it allows
    /// @return how many were taken
    /// @throws IllegalStateException where no transaction is open
    int collect(BatchId bulk, Group group, List<Line> lines, int mostLines);

    /// Closes what still collects for a bulk alone: nothing more will come. In the caller's transaction or one
    /// of its own.
    ///
    /// @return how many provider batches closed
    int close(BatchId bulk);

    /// A job on its way into a provider batch.
    ///
    /// @param inputTokens estimated from above
    /// @param outputTokens its limit
    /// @param estimate the most that it costs at batch rates; null without a price
    /// @param bytes about how long its line will be
    record Line(
            JobId job,
            Instant createdAt,
            Instant deadline,
            long inputTokens,
            long outputTokens,
            @Nullable Usd estimate,
            long bytes) {}
}
