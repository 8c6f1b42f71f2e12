package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Jobs as their tenants see them: submit, read, cancel.
public interface JobStore {

    /// How large a result may be to stand in a list, in bytes of its text.
    int MOST_LISTED_BYTES = 16 * 1024;

    /// Inserts the job with its input and enqueues its first wake, all in the caller's transaction.
    ///
    /// @return the job as it was accepted
    /// @throws DeadlinePassed where the deadline is not in the future on the database's clock
    VersionedJob submit(JobSubmission submission);

    /// @return empty where the tenant has no such job
    Optional<VersionedJob> find(TenantId tenant, JobId job);

    /// Newest first. Results of more than [#MOST_LISTED_BYTES] are left out: a page of whole ones could be of any size.
    List<JobView> list(TenantId tenant, Filter filter, @Nullable JobId after, int limit);

    /// Which of these jobs have ended, with one read for all. For those who wait.
    Map<JobId, JobStatus> ended(Collection<JobId> jobs);

    /// Ends the job unless it has ended, with its webhook, in the caller's transaction. A call in flight is not waited
    /// for:
    /// it is still paid and stands in the ledger.
    Cancellation cancel(TenantId tenant, JobId job);

    /// A job with the number that grows with every change of it.
    record VersionedJob(JobView job, long version) {}

    /// Null: any.
    record Filter(
            @Nullable JobStatus status,
            @Nullable JobType type,
            @Nullable String workflow,
            @Nullable String user,
            @Nullable BatchId batch) {}

    /// How a cancel went.
    sealed interface Cancellation {
        /// It is cancelled.
        ///
        /// @param now by this call, not by an earlier one
        record Cancelled(VersionedJob job, boolean now) implements Cancellation {}

        record AlreadyFinished(JobStatus status) implements Cancellation {}

        record NoSuchJob() implements Cancellation {}
    }

    /// The deadline of a submission lies in the past.
    final class DeadlinePassed extends RuntimeException {
        public DeadlinePassed() {
            super("the deadline is not in the future");
        }
    }
}
