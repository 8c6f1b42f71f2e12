package dev.offpeak.simulator.batches;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// So many of something in any stretch of time of a given length.
final class Quota {
    private final Duration span;
    private final Clock clock;
    private final Deque<Instant> taken = new ArrayDeque<>();

    Quota(Duration span, Clock clock) {
        this.span = span;
        this.clock = clock;
    }

    /// Takes one, or says how long there is none; without a limit there always is one.
    synchronized @Nullable Duration take(@Nullable Long limit) {
        Instant now = clock.instant();
        while (!taken.isEmpty() && !taken.getFirst().plus(span).isAfter(now)) {
            taken.removeFirst();
        }
        if (limit == null) {
            taken.clear();
            return null;
        }
        if (taken.size() >= limit) {
            return Duration.between(now, taken.getFirst().plus(span));
        }
        taken.addLast(now);
        return null;
    }
}
