package dev.offpeak.shared.queue;

import dev.offpeak.shared.core.TenantId;
import java.util.Optional;
import java.util.UUID;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one task type that JobRunr stores. Never rename it or its parts: queued rows would be stranded.
/// A new kind of work is a new [TaskKind], not a new type.
///
/// @param kind the wire name of a [TaskKind]
/// @param pool the wire name of a [Pool], or what the first release wrote for all tasks, `default`
/// @param schemaVersion of this record; a worker that does not know it leaves the task to one that does
/// @param tenant whose work it is; the first release wrote none
public record RunJob(
        String kind,
        UUID id,
        int wake,
        String pool,
        int schemaVersion,
        @Nullable UUID tenant) implements JobRequest {

    static final int SCHEMA_VERSION = 1;

    static RunJob of(Task task) {
        var tenant = task.tenant();
        return new RunJob(
                task.kind().wire(),
                task.id(),
                task.wake(),
                task.kind().pool().wire(),
                SCHEMA_VERSION,
                tenant == null ? null : tenant.value());
    }

    /// Whose places the stored task takes while it runs here.
    public static Pool poolOf(Job task) {
        return Optional.ofNullable(task.getJobDetails().getJobParameterValues())
                .filter(values -> values.length == 1)
                .flatMap(values -> values[0] instanceof RunJob one ? TaskKind.ofWire(one.kind()) : Optional.empty())
                .map(TaskKind::pool)
                .orElse(Pool.INTERACTIVE);
    }

    /// @return empty where this process does not know the kind
    static Optional<Task> toTask(RunJob request) {
        var tenant = request.tenant() == null ? null : new TenantId(request.tenant());
        return TaskKind.ofWire(request.kind()).map(kind -> new Task(kind, request.id(), request.wake(), tenant));
    }

    @Override
    public Class<Handler> getJobRequestHandler() {
        return Handler.class;
    }

    /// What JobRunr finds and calls by reflection; only a worker has it as a bean. Concrete, because JobRunr
    /// refuses a handler whose method is declared by an interface.
    public static class Handler implements JobRequestHandler<RunJob> {

        private static final Logger log = LoggerFactory.getLogger(Handler.class);

        private final TaskRunner runner;

        public Handler(TaskRunner runner) {
            this.runner = runner;
        }

        @Override
        public void run(RunJob request) throws Exception {
            var task = toTask(request);
            if (request.schemaVersion() != SCHEMA_VERSION || task.isEmpty()) {
                log.atWarn()
                        .addKeyValue("kind", request.kind())
                        .addKeyValue("id", request.id())
                        .addKeyValue("schemaVersion", request.schemaVersion())
                        .log("Left a task from a newer version alone; its work is woken again within half a minute");
                return;
            }
            runner.run(task.get());
        }
    }
}
