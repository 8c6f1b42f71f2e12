package dev.offpeak.worker.engine;

/// Stands in JobRunr's row for what a handler threw. The row must carry ids only, and messages of other exceptions
/// may quote a prompt; the log has the real one.
final class TaskFailed extends RuntimeException {

    TaskFailed(Throwable cause) {
        super(cause.getClass().getSimpleName() + "; the worker's log has the details", null, false, false);
    }
}
