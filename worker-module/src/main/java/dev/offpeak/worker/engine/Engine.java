package dev.offpeak.worker.engine;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Keeps the server running, and ends it without losing or repeating what it runs.
///
/// JobRunr's server stops for good after one failed beat; here it is started again, and what ran meanwhile runs
/// on. On a stop it first takes nothing more while the beats of its tasks go on, since JobRunr's own stop ends
/// the beats and another server would then run the tasks a second time.
final class Engine implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Engine.class);
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration UNTIL_RELEASED = Duration.ofSeconds(2); // it may be inside a start that waits

    private static final Duration LONGEST_STOP = Duration.ofSeconds(5);

    /// For interrupted tasks to give back what they hold.
    private static final Duration TO_GIVE_BACK = Duration.ofSeconds(5);

    private static final Duration SAMPLE = Duration.ofMillis(100);
    private static final int QUIET_SAMPLES = 3; // a fetch begun before the drain may still hand over

    private final WakeableServer server;
    private final PgWakeListener listener;
    private final Duration drainLimit;
    private final InstantSource clock;
    private final AtomicInteger restarts = new AtomicInteger();
    private @Nullable Thread supervisor;
    private volatile boolean running;
    private volatile boolean draining;
    private volatile @Nullable Instant stoppedSince;

    Engine(WakeableServer server, PgWakeListener listener, Duration drainLimit, InstantSource clock) {
        this.server = server;
        this.listener = listener;
        this.drainLimit = drainLimit;
        this.clock = clock;
    }

    /// What an operator wants to know of a worker that fetches nothing.
    ///
    /// @param serving whether tasks are fetched
    /// @param draining whether the worker stops and lets end what runs
    /// @param stoppedSince since when JobRunr's server is found not to run; null: it runs
    /// @param restarts how often it was started again
    record State(
            boolean serving, boolean draining, @Nullable Instant stoppedSince, int restarts) {}

    State state() {
        return new State(isServing(), draining, stoppedSince, restarts.get());
    }

    @Override
    public void start() {
        running = true;
        draining = false;
        server.exact().resume();
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
                stoppedSince = null;
            } else if (running && !server.isRunning()) {
                log.atWarn().log("JobRunr's server has stopped; it is started again");
                restart();
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }
    }

    private void restart() {
        if (stoppedSince == null) {
            stoppedSince = clock.instant();
        }
        try {
            restarts.incrementAndGet();
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
        draining = true;
        running = false;
        server.exact().drain();
        release(supervisor);
        awaitQuiet(drainLimit);
        int left = server.exact().busy();
        if (left > 0) {
            log.atWarn().addKeyValue("tasks", left).log("Tasks still run after the drain; they are interrupted");
        }
        listener.close();
        stopServer();
        if (left > 0) {
            awaitQuiet(TO_GIVE_BACK);
        }
        server.close();
    }

    /// JobRunr writes that its server has stopped and waits for a database that may be away; the process need not.
    private void stopServer() {
        var stopping = Thread.ofPlatform().daemon().name("offpeak-stop").start(server::stopNow);
        if (!ended(stopping, LONGEST_STOP)) {
            log.atWarn()
                    .addKeyValue("waited", LONGEST_STOP)
                    .log("JobRunr's server does not come to an end; the worker stops without it");
        }
    }

    private void awaitQuiet(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
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
        ended(thread, UNTIL_RELEASED);
    }

    private static boolean ended(Thread thread, Duration limit) {
        try {
            return thread.join(limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
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
