package dev.offpeak.shared.queue;

import java.util.Collection;
import java.util.Set;
import java.util.UUID;

/// Wakes a worker for work that a row describes. It knows ids only; whatever happens to a task merely delays the
/// work.
public interface JobQueue {

    /// Enqueues the task inside the caller's transaction: both commit or neither does. A task already there is kept
    /// as it is. Workers are signalled once the transaction has committed.
    ///
    /// @throws IllegalStateException where no read-write transaction is open
    void enqueue(Task task);

    /// Which of these tasks still wait or run. Whoever finds due work whose task is not among them wakes it anew.
    ///
    /// @param taskIds at most a few thousand, as [Task#taskId()] gives them
    Set<UUID> live(Collection<UUID> taskIds);
}
