package dev.offpeak.worker.engine;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Keeps the server running, and ends it without losing or repeating what it runs.
///
/// JobRunr's server stops for good after one failed beat; here it is started again. On a stop it first takes nothing
/// more while the beats of its tasks go on, since JobRunr's own stop ends the beats and another server would then run
/// the tasks a second time.
final class Engine implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Engine.class);
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration SAMPLE = Duration.ofMillis(100);
    private static final int QUIET_SAMPLES = 3; // a fetch begun before the drain may still hand over

    private final WakeableServer server;
    private final PgWakeListener listener;
    private final Duration drainLimit;
    private @Nullable Thread supervisor;
    private volatile boolean running;

    Engine(WakeableServer server, PgWakeListener listener, Duration drainLimit) {
        this.server = server;
        this.listener = listener;
        this.drainLimit = drainLimit;
    }

    @Override
    public void start() {
        running = true;
        server.start();
        listener.start();
        supervisor = Thread.ofPlatform().daemon().name("offpeak-supervisor").start(this::supervise);
    }

    private void supervise() {
        var pause = LOOK;
        while (running) {
            LockSupport.parkNanos(pause.toNanos());
            if (server.isAnnounced()) {
                pause = LOOK;
            } else if (running && !server.isRunning()) {
                log.atWarn().log("JobRunr's server has stopped; it is started again");
                restart();
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }
    }

    private void restart() {
        try {
            server.start();
        } catch (RuntimeException e) {
            log.atWarn().setCause(e).log("JobRunr's server does not start; it is tried again");
        }
    }

    /// Whether tasks are fetched.
    boolean isServing() {
        return running && server.isAnnounced() && !server.exact().isDraining();
    }

    @Override
    public void stop() {
        running = false;
        release(supervisor);
        server.exact().drain();
        awaitQuiet();
        int left = server.exact().busy();
        if (left > 0) {
            log.atWarn().addKeyValue("tasks", left).log("Tasks still run after the drain; they are interrupted");
        }
        listener.close();
        server.stop();
        server.close();
    }

    private void awaitQuiet() {
        long end = System.nanoTime() + drainLimit.toNanos();
        int quiet = 0;
        while (quiet < QUIET_SAMPLES && System.nanoTime() < end) {
            quiet = server.exact().busy() == 0 ? quiet + 1 : 0;
            LockSupport.parkNanos(SAMPLE.toNanos());
        }
    }

    private static void release(@Nullable Thread thread) {
        if (thread == null) {
            return;
        }
        LockSupport.unpark(thread);
        try {
            thread.join(LONGEST_PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /// Last to start, first to stop: everything that a task needs is still there.
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
