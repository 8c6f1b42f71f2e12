package dev.offpeak.worker.engine;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/// Part of readiness: a worker that drains, or whose server is not announced, fetches nothing.
final class EngineHealthIndicator implements HealthIndicator {

    private final Engine engine;
    private final WorkerIdentity worker;

    EngineHealthIndicator(Engine engine, WorkerIdentity worker) {
        this.engine = engine;
        this.worker = worker;
    }

    @Override
    public Health health() {
        boolean serving = engine.isServing();
        boolean alive = worker.mayStart();
        return (serving && alive ? Health.up() : Health.outOfService())
                .withDetail("worker", worker.id().toString())
                .withDetail("serving", serving)
                .withDetail("beating", alive)
                .build();
    }
}
