package dev.offpeak.shared.batches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.providerbatches.Group;
import dev.offpeak.shared.queue.Task;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Batches as their feeders see them.
public interface BatchFeeds {

    /// Takes the batch if it is due, has not ended, and nobody who lives holds it; raises its fence.
    ///
    /// @param deadAfter how long a worker may be silent on the database's clock
    Optional<ClaimedBatch> claim(Task task, WorkerId worker, Duration deadAfter);

    /// Locks the batch until the caller's transaction ends.
    ///
    /// @return as it stands now; empty where a newer claim holds it: then nothing may be written
    Optional<ClaimedBatch> lock(ClaimedBatch claim);

    /// Lines that wait for their feeder, in the order of the upload: those that were never sent, and, where the batch
    /// has a limit, those that go again once their pause is over. Those that batches have failed may not
    /// wait for another one.
    List<UnfedLine> unfed(ClaimedBatch batch, @Nullable JobId after, int limit);

    /// Whether lines are yet to come to it whose pause is not over.
    boolean pausing(BatchId batch);

    /// Makes lines due: they go the way of single jobs from here on. In the caller's transaction.
    ///
    /// @return how many
    int release(Collection<JobId> lines);

    /// How many lines are called one by one just now, or wait for that.
    int calledAlone(BatchId batch);

    /// The provider batches that a bulk has of a group; those that were split off or only write a prompt cache are not
    /// counted, but as under way.
    ///
    /// @param group of a bulk with provider batches of its own
    Shards shards(Group group);

    /// @param closed that take no more lines
    /// @param collecting lines in the one that still does
    /// @param underWay that have not ended
    record Shards(int closed, int collecting, int underWay) {}

    /// What it has cost, and may come to with all that is under way, estimated from above.
    Spending spending(ClaimedBatch batch);

    /// @param billed so far
    /// @param underWay estimates of lines that have been handed on and not settled
    record Spending(Usd billed, Usd underWay) {
        public static final Spending NOTHING = new Spending(Usd.ZERO, Usd.ZERO);
    }

    /// Notes that nothing more of it is sent, in the caller's transaction.
    void stop(ClaimedBatch claim, ErrorCode why);

    /// Asks for its provider batches to be cancelled, in the caller's transaction.
    ///
    /// @return of how many that was news
    int cancelAtProviders(BatchId batch);

    /// Whether any line of it is open.
    boolean open(BatchId batch);

    /// Ends the batch if no line of it is open, with its webhook, in the caller's transaction. Only for who has locked
    /// it there.
    ///
    /// @return how it ended; empty where a line is open
    Optional<BatchStatus> end(ClaimedBatch claim);

    /// Gives the batch back; it is woken when the pause is over. Does nothing where a newer claim holds it.
    void putBack(ClaimedBatch claim, Duration pause);

    /// Wakes batches whose moment has come and that have no task.
    ///
    /// @return how many
    int wakeDue(int limit);

    /// Wakes batches that are due but whose task is gone.
    ///
    /// @return how many
    int wakeForgotten(Duration deadAfter, int limit);
}
