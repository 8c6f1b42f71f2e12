package dev.offpeak.standalone;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Waits for a process that is not our child and tells us nothing.
final class Patience {
    private static final int PAUSE_MILLIS = 10;

    private Patience() {}

    /// Asks again and again until the answer is yes or the time is up, or this thread is interrupted.
    ///
    /// @return whether the answer was yes
    static boolean until(Duration atMost, BooleanSupplier question) {
        var since = System.nanoTime();
        var never = new CountDownLatch(1);
        try {
            while (!question.getAsBoolean()) {
                if (never.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS) || System.nanoTime() - since > atMost.toNanos()) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
