package dev.offpeak.simulator.batches;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets batches have their turns, each when it asked to, none twice at a time for long: two threads share all of
/// them, and a turn is short.
final class Turns implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Turns.class);
    private static final int THREADS = 2;
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    private final Clock clock;
    private final ScheduledThreadPoolExecutor executor;
    private final Map<Batch, ScheduledFuture<?>> waiting = new ConcurrentHashMap<>();

    Turns(Clock clock) {
        this.clock = clock;
        executor = new ScheduledThreadPoolExecutor(
                THREADS,
                Thread.ofPlatform().daemon().name("simulator-batches-", 0).factory());
        executor.setRemoveOnCancelPolicy(true);
    }

    /// A turn as soon as possible; it stands in for the one that the batch waits for, if any.
    void take(Batch batch) {
        schedule(batch, Duration.ZERO);
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }

    private void schedule(Batch batch, Duration delay) {
        waiting.compute(batch, (_, before) -> {
            if (executor.isShutdown()) {
                return null;
            }
            if (before != null && before.getDelay(TimeUnit.NANOSECONDS) <= delay.toNanos() && !before.isDone()) {
                return before;
            }
            if (before != null) {
                before.cancel(false);
            }
            return executor.schedule(() -> turn(batch), delay.toNanos(), TimeUnit.NANOSECONDS);
        });
    }

    private void turn(Batch batch) {
        waiting.remove(batch);
        Duration next;
        try {
            next = batch.advance(clock.instant());
        } catch (IOException | RuntimeException e) {
            if (batch.gone()) {
                return;
            }
            LOG.atError()
                    .addKeyValue("batch", batch.view().id())
                    .setCause(e)
                    .log("A batch of the simulator cannot go on; it is tried again in a second");
            next = AFTER_FAILURE;
        }
        if (next != null) {
            schedule(batch, next);
        }
    }
}
