package dev.offpeak.bench.faults;

import dev.offpeak.bench.faults.Evidence.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/// How soon after a fault as many jobs finish as are asked for, read afterwards from the times in the database.
final class Recovery {

    private static final Duration WINDOW = Duration.ofSeconds(5);
    private static final Duration STEP = Duration.ofMillis(250);
    private static final Duration LONGEST = Duration.ofSeconds(180);
    private static final double ENOUGH = 0.95;

    private final long[] created;
    private final long[] finished;
    private final int rate;

    Recovery(List<Job> jobs, int rate) {
        this.created = jobs.stream()
                .mapToLong(job -> job.createdAt().toEpochMilli())
                .sorted()
                .toArray();
        this.finished = jobs.stream()
                .map(Job::finishedAt)
                .filter(Objects::nonNull)
                .mapToLong(Instant::toEpochMilli)
                .sorted()
                .toArray();
        this.rate = rate;
    }

    /// Seconds from the fault's end to the first five seconds in which 95 % of the offered rate finish.
    OptionalDouble throughputBack(Instant end) {
        return first(end, at -> finishedBetween(at, at.plus(WINDOW)) >= ENOUGH * rate * WINDOW.toSeconds());
    }

    /// Seconds from the fault's end until no more wait or run than come in two seconds.
    OptionalDouble backlogDrained(Instant end) {
        return first(end, at -> unfinishedAt(at) <= 2L * rate);
    }

    private interface Condition {
        boolean holds(Instant at);
    }

    private static OptionalDouble first(Instant end, Condition condition) {
        for (Duration after = Duration.ZERO; after.compareTo(LONGEST) <= 0; after = after.plus(STEP)) {
            if (condition.holds(end.plus(after))) {
                return OptionalDouble.of(after.toMillis() / 1000.0);
            }
        }
        return OptionalDouble.empty();
    }

    private long finishedBetween(Instant from, Instant to) {
        return before(finished, to) - before(finished, from);
    }

    private long unfinishedAt(Instant at) {
        return before(created, at) - before(finished, at);
    }

    private static long before(long[] sorted, Instant at) {
        int index = Arrays.binarySearch(sorted, at.toEpochMilli());
        if (index < 0) {
            return -index - 1L;
        }
        int first = index;
        while (first > 0 && sorted[first - 1] == sorted[index]) {
            first--;
        }
        return first;
    }
}
