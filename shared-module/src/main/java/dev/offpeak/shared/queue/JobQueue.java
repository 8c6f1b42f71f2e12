package dev.offpeak.shared.queue;

/// Wakes a worker for work that a row describes. It knows ids only; whatever happens to a task merely delays the work.
public interface JobQueue {

    /// Enqueues the task inside the caller's transaction: both commit or neither does. A task already there is kept as
    /// it is.
    /// Workers are signalled once the transaction has committed.
    ///
    /// @throws IllegalStateException where no read-write transaction is open
    void enqueue(Task task);
}
