package dev.offpeak.api.http;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/// What another finds out, and "down" where that takes longer than who asks will wait. A database that is away
/// is otherwise waited for as long as a request waits for a connection.
final class BoundedHealth implements HealthIndicator {

    private final HealthIndicator asked;
    private final Duration limit;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    BoundedHealth(HealthIndicator asked, Duration limit) {
        this.asked = asked;
        this.limit = limit;
    }

    @Override
    public Health health() {
        var answer = threads.submit(() -> asked.health());
        try {
            return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException slow) {
            return Health.down().withDetail("why", "No answer within " + limit).build();
        } catch (ExecutionException e) {
            return Health.down(e).build();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Health.unknown().build();
        } finally {
            answer.cancel(true);
        }
    }
}
