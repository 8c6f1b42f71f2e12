package dev.offpeak.worker.maintenance;

import dev.offpeak.shared.telemetry.Metric;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// What happens by the clock, on threads that no task can occupy. An error is logged and tried again at the next
/// turn; nothing ends the loop but the end of the worker.
final class MaintenanceLoop implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(MaintenanceLoop.class);
    private static final int LIMIT = 500;

    private final MaintenanceSettings settings;
    private final List<DueWork> works;
    private final List<Housekeeping> chores;
    private final Leadership leadership;
    private final GaugeBoard gauges;
    private final MeterRegistry registry;
    private @Nullable ScheduledExecutorService timer;

    MaintenanceLoop(
            MaintenanceSettings settings,
            List<DueWork> works,
            List<Housekeeping> chores,
            Leadership leadership,
            GaugeBoard gauges,
            MeterRegistry registry) {
        this.settings = settings;
        this.works = works;
        this.chores = chores;
        this.leadership = leadership;
        this.gauges = gauges;
        this.registry = registry;
    }

    @Override
    public synchronized void start() {
        int threads = 2 * works.size() + chores.size() + 1; // a slow one delays nobody but itself
        var started = Executors.newScheduledThreadPool(
                threads,
                Thread.ofPlatform().daemon().name("offpeak-maintenance-", 0).factory());
        timer = started;
        for (var work : works) {
            every(started, settings.dueEvery(), work.name() + " due", () -> wakeDue(work));
            every(started, settings.forgottenEvery(), work.name() + " forgotten", () -> wakeForgotten(work));
        }
        for (var chore : chores) {
            var turns = new ChoreTurns(chore, leadership);
            every(started, turns.look(), chore.name(), turns);
        }
        every(started, settings.gaugesEvery(), "gauges", this::refreshGauges);
    }

    private static void every(ScheduledExecutorService timer, Duration pause, String name, Runnable turn) {
        Future<?> unused = timer.scheduleWithFixedDelay(
                () -> {
                    try {
                        turn.run();
                    } catch (RuntimeException | Error e) {
                        log.atWarn()
                                .addKeyValue("work", name)
                                .setCause(e)
                                .log("A turn of maintenance failed; the next one tries again");
                    }
                },
                pause.toNanos(),
                pause.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    private void wakeDue(DueWork work) {
        int woken = LIMIT;
        while (woken >= LIMIT && isRunning()) {
            woken = work.wakeDue(LIMIT);
        }
    }

    private void wakeForgotten(DueWork work) {
        int woken = LIMIT;
        while (woken >= LIMIT && isRunning()) {
            woken = work.wakeForgotten(LIMIT);
            if (woken > 0) {
                Metric.REWAKES.counter(registry, work.name()).increment(woken);
                log.atInfo()
                        .addKeyValue("work", work.name())
                        .addKeyValue("woken", woken)
                        .log("Found due work without a live task and woke it again");
            }
        }
    }

    private void refreshGauges() {
        if (leadership.held()) {
            gauges.refresh();
        } else {
            gauges.clear();
        }
    }

    @Override
    public void stop() {
        ScheduledExecutorService ended;
        synchronized (this) {
            ended = timer;
            timer = null;
        }
        if (ended != null) {
            ended.shutdown();
            awaitEnd(ended);
            gauges.clear();
            leadership.close();
        }
    }

    private void awaitEnd(ScheduledExecutorService ended) {
        try {
            if (!ended.awaitTermination(settings.lastTurn().toMillis(), TimeUnit.MILLISECONDS)) {
                ended.shutdownNow();
            }
        } catch (InterruptedException e) {
            ended.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return timer != null;
    }

    /// Beside the engine: while that drains, due work is still woken for others.
    @Override
    public int getPhase() {
        return 1000;
    }
}
