package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.WorkerId;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Supplier;

/// What must happen to provider batches by the clock, whether or not a task comes.
public interface ProviderBatchUpkeep {

    /// Closes batches whose time to collect is over, and wakes them.
    ///
    /// @return how many
    int closeDue(int limit);

    /// Wakes batches whose next step is due and that have no task.
    ///
    /// @return how many
    int wakeDue(int limit);

    /// Wakes due batches whose task is gone, all of them.
    ///
    /// @param deadAfter how long a worker may be silent on the database's clock
    /// @return how many were woken
    int wakeForgotten(Duration deadAfter);

    /// Wakes batches that a dead worker had been given but had not claimed.
    ///
    /// @return how many were woken
    int wakeStranded(Duration deadAfter);

    /// Frees batches of workers that have stopped beating; they are due at once.
    ///
    /// @return how many
    int takeBack(Duration deadAfter);

    /// Frees batches that stand as this worker's although it does not hold them: the answer to a claim or
    /// a release was lost on its way. Those claimed within the last ten seconds are left alone.
    ///
    /// @param held asked once the database has said what time it is
    /// @return how many
    int releaseUnheld(WorkerId worker, Supplier<? extends Collection<ProviderBatchId>> held);
}
