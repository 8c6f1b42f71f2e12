package dev.offpeak.worker.engine;

import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;

/// Does what one kind of task wakes. Every bean of this type is found; there is one for each kind.
///
/// A handler claims its row, does the work, and commits the outcome or the next moment itself. It returns where
/// nothing is due. What it throws is logged and shown to operators as a failed task without details; its work is
/// woken again by the sweeper.
public interface TaskHandler {

    TaskKind kind();

    /// @throws InterruptedException where the worker stops and takes the thread back
    void run(Task task) throws InterruptedException;
}
