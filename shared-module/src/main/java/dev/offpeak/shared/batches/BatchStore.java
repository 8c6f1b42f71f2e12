package dev.offpeak.shared.batches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.TenantId;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Batches as their tenants see them.
public interface BatchStore {

    /// What time it is for the database.
    Instant now();

    /// Writes the batch with all its rows and wakes its feeder, in the caller's transaction.
    ///
    /// @return the batch as it was accepted
    /// @throws DeadlinePassed where the deadline is not in the future any more
    /// @throws IllegalStateException where no transaction is open, or the rows are not as many as the batch says
    BatchView accept(NewBatch batch, Rows rows);

    /// Rows in COPY's text form.
    ///
    /// @param jobs of [dev.offpeak.shared.jobs.BulkRows]
    /// @param inputs of [dev.offpeak.shared.jobs.BulkRows]
    /// @param invalidLines of [InvalidLineRows]
    record Rows(InputStream jobs, InputStream inputs, InputStream invalidLines) {}

    /// @return empty where the tenant has no such batch
    Optional<BatchView> find(TenantId tenant, BatchId batch);

    /// Newest first, without their costs.
    List<BatchView> list(TenantId tenant, @Nullable BatchId after, int limit);

    /// In the order of the upload.
    ///
    /// @param after the number of the last line already read; 0 for none
    List<InvalidLine> invalidLines(BatchId batch, int after, int limit);

    /// Begins to cancel a batch, in the caller's transaction; its feeder does the rest.
    Cancellation cancel(TenantId tenant, BatchId batch);

    /// How a cancel went.
    sealed interface Cancellation {
        /// It is cancelled or about to be.
        record Cancelling(BatchView batch) implements Cancellation {}

        record AlreadyFinished(BatchStatus status) implements Cancellation {}

        record NoSuchBatch() implements Cancellation {}
    }

    /// The deadline of a submission lies in the past.
    final class DeadlinePassed extends RuntimeException {
        public DeadlinePassed() {
            super("the deadline is not in the future");
        }
    }
}
