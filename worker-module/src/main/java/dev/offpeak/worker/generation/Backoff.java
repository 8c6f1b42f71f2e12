package dev.offpeak.worker.generation;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Exponential backoff with full jitter: a random time between nothing and a bound that doubles with every attempt.
/// Source of the rule: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
final class Backoff {

    private static final int MOST_DOUBLINGS = 20;

    private final Duration base;
    private final Duration cap;
    private final RandomGenerator random;

    Backoff(Duration base, Duration cap, RandomGenerator random) {
        this.base = base;
        this.cap = cap;
        this.random = random;
    }

    /// @param attempt the attempt that failed, from 1
    Duration after(int attempt) {
        long bound = Math.min(cap.toMillis(), base.toMillis() << Math.min(attempt - 1, MOST_DOUBLINGS));
        return Duration.ofMillis(random.nextLong(Math.max(1, bound) + 1));
    }

    /// A pause that somebody asked for, never shorter, up to half longer, so that those who wait do not come back at
    /// once.
    Duration atLeast(Duration pause) {
        return pause.plusMillis(random.nextLong(pause.toMillis() / 2 + 1));
    }
}
