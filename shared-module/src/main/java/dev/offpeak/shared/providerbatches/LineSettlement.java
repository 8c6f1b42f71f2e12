package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.JobStatus;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.providers.Usage;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Settles lines of provider batches that have ended, many in one transaction: line, ledger row, job,
/// outcome and webhook message commit together. A line settles once, and its job while that has not
/// ended, whatever the job's fence: the first good answer wins. To repeat is harmless.
public interface LineSettlement {

    /// A transaction locks the rows of so many jobs at most.
    int MOST = 500;

    /// Those of these lines of which nothing is known yet.
    List<OpenLine> open(ProviderBatchRow batch, Collection<Integer> numbers);

    /// The next lines of which nothing is known yet, in their order.
    List<OpenLine> firstOpen(ProviderBatchRow batch, int limit);

    /// How many lines have come to an end for which the provider may have billed.
    int billed(ProviderBatchRow batch);

    /// @param batch claimed and in state `reconciling`
    /// @param ends at most [#MOST], each of another line
    /// @param maxAttempts tries at a job, the first included
    /// @return empty where a newer claim holds the batch: nothing was written
    Optional<Settled> settle(ProviderBatchRow batch, List<LineEnd> ends, int maxAttempts);

    /// Ledger rows of lines that a twin of the batch ran too: each is overlap. In a transaction of its
    /// own.
    ///
    /// @param remoteId the twin at the provider
    /// @param answered lines of the batch by number, whatever became of them there
    /// @return how many rows are new
    int settleTwin(ProviderBatchRow batch, String remoteId, List<TwinLine> answered);

    /// What lines should have used at most, whatever became of them, by number.
    Map<Integer, Usage> estimates(ProviderBatchRow batch, Collection<Integer> numbers);

    /// @param estimated whether its answer could not be read and this is what it may have cost
    record TwinLine(int number, Usage usage, Charge charge, boolean estimated) {}

    /// What one transaction has settled.
    ///
    /// @param lines by how they ended; others had settled before
    /// @param ended jobs that ended by it
    /// @param again jobs that go again, by why
    /// @param overlaps bills of jobs that another bill had ended
    /// @param used by lines that were answered
    record Settled(
            Map<LineState, Integer> lines,
            List<EndedJob> ended,
            Map<String, Integer> again,
            int lateResults,
            int overlaps,
            Usd billed,
            Usd list,
            Usd unconfirmed,
            int unpriced,
            Usage used) {

        public Settled {
            lines = Map.copyOf(lines);
            ended = List.copyOf(ended);
            again = Map.copyOf(again);
        }
    }

    /// @param code null for a success
    /// @param took from its submission to its end, on the database's clock
    record EndedJob(JobStatus status, @Nullable String code, Duration took) {}
}
