package dev.offpeak.shared.queue;

import java.util.UUID;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one task type that JobRunr stores. Never rename it or its parts: queued rows would be stranded.
/// A new kind of work is a new [TaskKind], not a new type.
///
/// @param kind the wire name of a [TaskKind]
/// @param pool which set of JobRunr workers is meant to run it
/// @param schemaVersion of this record; a worker that does not know it leaves the work to the sweeper
public record RunJob(String kind, UUID id, int wake, String pool, int schemaVersion) implements JobRequest {

    static final int SCHEMA_VERSION = 1;
    static final String DEFAULT_POOL = "default";

    static RunJob of(Task task) {
        return new RunJob(task.kind().wire(), task.id(), task.wake(), DEFAULT_POOL, SCHEMA_VERSION);
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
            var kind = TaskKind.ofWire(request.kind());
            if (request.schemaVersion() != SCHEMA_VERSION || kind.isEmpty()) {
                log.atWarn()
                        .addKeyValue("kind", request.kind())
                        .addKeyValue("id", request.id())
                        .addKeyValue("schemaVersion", request.schemaVersion())
                        .log("Left a task from a newer version alone; its work is woken again within half a minute");
                return;
            }
            runner.run(new Task(kind.get(), request.id(), request.wake()));
        }
    }
}
