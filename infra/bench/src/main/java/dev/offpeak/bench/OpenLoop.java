package dev.offpeak.bench;

import java.util.Random;
import java.util.concurrent.Executors;

/// Starts a task at each due time, whether or not earlier ones have ended: a slow answer delays no later question.
final class OpenLoop {

    /// One arrival.
    @FunctionalInterface
    interface Arrival {
        /// @param due the reading of `System.nanoTime` at which it should have begun; latency counts from here
        void run(int number, long due);
    }

    private OpenLoop() {}

    /// Due times after the start, in nanoseconds, one every `1/rate` seconds.
    static long[] steady(int rate, int count) {
        var due = new long[count];
        for (int i = 0; i < count; i++) {
            due[i] = i * 1_000_000_000L / rate;
        }
        return due;
    }

    /// Due times after the start, in nanoseconds, with gaps drawn evenly from a range.
    static long[] scattered(int count, int leastGapMillis, int mostGapMillis, Random random) {
        var due = new long[count];
        long at = 0;
        for (int i = 0; i < count; i++) {
            at += random.nextLong(leastGapMillis * 1_000_000L, mostGapMillis * 1_000_000L + 1);
            due[i] = at;
        }
        return due;
    }

    /// Returns when the last task has ended.
    static void run(long[] dueAfterStart, Arrival arrival) {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            for (int i = 0; i < dueAfterStart.length; i++) {
                int number = i;
                long due = start + dueAfterStart[i];
                Waiting.untilNanos(due);
                threads.execute(() -> arrival.run(number, due));
            }
        }
    }
}
