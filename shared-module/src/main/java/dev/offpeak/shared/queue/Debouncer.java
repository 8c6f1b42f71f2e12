package dev.offpeak.shared.queue;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs an action for many calls at once: every call is followed by a run that begins after it, and runs begin at
/// least one window apart. A run that fails is logged; the next call runs again.
public final class Debouncer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Debouncer.class);

    private final ScheduledExecutorService timer;
    private final Duration window;
    private final Runnable action;
    private long next = System.nanoTime();
    private @Nullable Future<?> armed;

    /// @param name of the one thread that runs the action
    public Debouncer(String name, Duration window, Runnable action) {
        this.timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
        this.window = window;
        this.action = action;
    }

    public synchronized void call() {
        if (armed != null) {
            return; // the armed run begins later, so it covers this call
        }
        long now = System.nanoTime();
        long wait = Math.max(0, next - now); // the trailing edge: a call that was only dropped would wait for the poll
        next = now + wait + window.toNanos();
        try {
            armed = timer.schedule(this::run, wait, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            log.debug("Dropped a signal, because the process is stopping");
        }
    }

    private void run() {
        synchronized (this) {
            armed = null; // before the run: a call during it arms the next
        }
        try {
            action.run();
        } catch (RuntimeException e) {
            log.atWarn().setCause(e).log("A debounced action failed; the next call runs it again");
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
