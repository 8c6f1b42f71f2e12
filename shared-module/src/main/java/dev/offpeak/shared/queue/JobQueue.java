package dev.offpeak.shared.queue;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
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

    /// Which of these tasks still wait or run. Whoever finds due work whose task is not among them wakes it
    /// anew.
    ///
    /// A task is taken for gone where it runs on a worker that is dead, or that goes on saying that it lives
    /// and has left this task out for three of its polls. A mistake costs a second wake that finds nothing to
    /// do, so nobody need wait until the judgement is sure.
    ///
    /// @param taskIds at most a few thousand, as [Task#taskId()] gives them
    /// @param deadAfter how long a worker may be silent on the database's clock
    Set<UUID> live(Collection<UUID> taskIds, Duration deadAfter);

    /// What dead workers had fetched. Work whose newest wake is among these waits for nobody.
    List<Task> stranded(Duration deadAfter);
}
