package dev.offpeak.simulator.serving;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Waiting on purpose. All who wait are let go when the simulator resets or stops.
public final class Pauses {
    static final Duration HANG = Duration.ofMinutes(10);

    /// More than these would use up the process's sockets; the next one to hang is let go at once.
    private static final int MAX_HANGING = 4_000;

    private final Semaphore hanging = new Semaphore(MAX_HANGING);
    private volatile CountDownLatch letGo = new CountDownLatch(1);

    public void pause(Duration length) {
        if (length.isPositive()) {
            await(length);
        }
    }

    void hang() {
        if (hanging.tryAcquire()) {
            try {
                await(HANG);
            } finally {
                hanging.release();
            }
        }
    }

    public void release() {
        CountDownLatch old = letGo;
        letGo = new CountDownLatch(1);
        old.countDown();
    }

    private void await(Duration length) {
        try {
            boolean released = letGo.await(length.toNanos(), TimeUnit.NANOSECONDS);
            if (released) {
                return;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
