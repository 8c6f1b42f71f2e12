package dev.offpeak.worker.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/// Part of readiness: whether this worker fetches tasks, and if not, why. It asks the database nothing, so that it
/// answers at once when the database is away.
final class EngineHealthIndicator implements HealthIndicator {

    private final Engine engine;
    private final WorkerRegistry worker;
    private final PgWakeListener listener;

    EngineHealthIndicator(Engine engine, WorkerRegistry worker, PgWakeListener listener) {
        this.engine = engine;
        this.worker = worker;
        this.listener = listener;
    }

    @Override
    public Health health() {
        var state = engine.state();
        var hearing = listener.hearing();
        Duration beat = worker.sinceLastBeat();
        String why = why(state);
        var health = (why == null ? Health.up() : Health.outOfService())
                .withDetail("worker", worker.id().toString())
                .withDetail("serving", state.serving())
                .withDetail("draining", state.draining())
                .withDetail("serverRestarts", state.restarts())
                .withDetail("beating", worker.mayStart())
                .withDetail("databaseReachable", worker.databaseAnswers())
                .withDetail("listening", hearing.listening())
                .withDetail("listeningSince", hearing.since().toString());
        if (why != null) {
            health.withDetail("why", why);
        }
        if (state.stoppedSince() != null) {
            health.withDetail("serverStoppedSince", state.stoppedSince().toString());
        }
        if (beat != null) {
            health.withDetail("lastBeatSecondsAgo", beat.toSeconds());
        }
        return health.build();
    }

    /// @return null where nothing is wrong; a worker that hears no signals is only slower, for its polls go on
    private @Nullable String why(Engine.State state) {
        if (state.draining()) {
            return "The worker stops: it takes nothing new and lets end what runs";
        }
        if (!worker.databaseAnswers() && !worker.mayStart()) {
            return "The database does not take this worker's beats; it starts nothing until it does";
        }
        if (state.stoppedSince() != null) {
            return "JobRunr's server has stopped and is started again";
        }
        return state.serving() ? null : "JobRunr's server has not announced itself yet";
    }
}
