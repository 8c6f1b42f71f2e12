package dev.offpeak.shared.queue;

/// Runs what a task wakes. The API enqueues what only a worker implements.
@FunctionalInterface
public interface TaskRunner {

    /// Looks at the row and does what is due; returns without harm where nothing is.
    ///
    /// @throws InterruptedException where the worker takes the thread back
    void run(Task task) throws InterruptedException;
}
