package dev.offpeak.worker.engine;

import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.queue.TaskRunner;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands each task to the handler of its kind.
final class TaskDispatcher implements TaskRunner {

    private static final Logger log = LoggerFactory.getLogger(TaskDispatcher.class);

    private final Map<TaskKind, TaskHandler> handlers = new EnumMap<>(TaskKind.class);
    private final WorkerIdentity worker;

    /// @throws IllegalStateException where two handlers claim one kind
    TaskDispatcher(List<TaskHandler> handlers, WorkerIdentity worker) {
        this.worker = worker;
        for (var handler : handlers) {
            if (this.handlers.put(handler.kind(), handler) != null) {
                throw new IllegalStateException("Two handlers for tasks of kind " + handler.kind());
            }
        }
    }

    @Override
    public void run(Task task) throws InterruptedException {
        var handler = handlers.get(task.kind());
        if (handler == null || !worker.mayStart()) {
            log.atWarn()
                    .addKeyValue("kind", task.kind().wire())
                    .addKeyValue("id", task.id())
                    .addKeyValue("reason", handler == null ? "no_handler" : "worker_cannot_beat")
                    .log("Left a task alone; its work is woken again within half a minute");
            return;
        }
        try {
            handler.run(task);
        } catch (RuntimeException | Error e) {
            log.atError()
                    .addKeyValue("kind", task.kind().wire())
                    .addKeyValue("id", task.id())
                    .setCause(e)
                    .log("A task failed; its work is woken again within half a minute");
            throw new TaskFailed(e);
        }
    }
}
