package dev.offpeak.worker.maintenance;

/// Rows that say themselves when they are due, and the tasks that wake them. Every bean of this type is looked at by
/// every worker, so both methods lock what they take and skip what is locked.
public interface DueWork {

    /// A word for logs and metrics.
    String name();

    /// Wakes rows whose moment has come and that have no task.
    ///
    /// @return how many; less than the limit where nothing is left
    int wakeDue(int limit);

    /// Wakes due rows whose task is gone, whatever became of it.
    ///
    /// @return how many; less than the limit where nothing is left
    int wakeForgotten(int limit);
}
