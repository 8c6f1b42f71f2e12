package dev.offpeak.bench.faults;

import dev.offpeak.bench.faults.Evidence.Execution;
import dev.offpeak.bench.faults.Evidence.Job;
import dev.offpeak.bench.faults.Evidence.Submission;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How soon after a fault new jobs fare as in the calm before all faults, read afterwards from the times in the
/// database. A backlog that is worked off does not count: only jobs that are created after the fault do.
final class Recovery {

    private static final Duration WINDOW = Duration.ofSeconds(5);
    private static final Duration STEP = Duration.ofSeconds(1);
    private static final Duration LONGEST_DRAIN = Duration.ofSeconds(180);

    /// What a job may take longer than in the calm.
    private static final Duration SLACK = Duration.ofSeconds(2);

    /// Of the jobs of a window, so many succeed in time.
    private static final double ENOUGH = 0.95;

    /// Of the offered rate, so many are accepted; a few of a window's requests may fall into the next one.
    private static final double ENOUGH_ACCEPTED = 0.8;

    private final List<Job> expected;
    private final long[] created;
    private final long[] finished;
    private final int rate;
    private @Nullable Duration calm;

    /// Jobs that would end late or otherwise in any calm are left out: cancelled ones, such in a hurry, and those whose
    /// calls the simulator refused or whose answers it broke.
    static Recovery of(Evidence evidence, int rate) {
        Map<String, Submission> byKey = evidence.submissions().stream()
                .collect(Collectors.toMap(Submission::key, Function.identity(), (first, _) -> first));
        Set<String> broken = evidence.executions().stream()
                .filter(execution -> !execution.outcome().equals("answered"))
                .map(Execution::call)
                .collect(Collectors.toSet());
        var delayed = new HashSet<String>();
        evidence.calls().stream()
                .filter(call -> call.status().equals("not_billed") || broken.contains(call.id()))
                .forEach(call -> delayed.add(call.job()));
        List<Job> expected = evidence.jobs().stream()
                .filter(job -> !delayed.contains(job.id()))
                .filter(job -> {
                    Submission asked = job.key() == null ? null : byKey.get(job.key());
                    return asked == null || (!asked.hurried() && !asked.cancelSent() && !asked.waits());
                })
                .toList();
        return new Recovery(
                evidence.jobs().stream().filter(at -> !waits(at, byKey)).toList(), expected, rate);
    }

    /// What may wait for a provider batch tells nothing of how soon Offpeak is well again.
    private static boolean waits(Job job, Map<String, Submission> byKey) {
        Submission asked = job.key() == null ? null : byKey.get(job.key());
        return asked != null && asked.waits();
    }

    /// @param expected those of the jobs that should succeed at once
    Recovery(List<Job> jobs, List<Job> expected, int rate) {
        this.expected = expected;
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

    /// Measures how long a job takes while nothing is broken.
    ///
    /// @return the 95th percentile in seconds; empty where no job succeeded
    OptionalDouble calm(Instant from, Instant to) {
        long[] millis = expected.stream()
                .filter(job ->
                        !job.createdAt().isBefore(from) && job.createdAt().isBefore(to))
                .filter(job -> job.status().equals("succeeded"))
                .mapToLong(Recovery::millis)
                .sorted()
                .toArray();
        if (millis.length == 0) {
            calm = null;
            return OptionalDouble.empty();
        }
        calm = Duration.ofMillis(millis[(int) Math.min(millis.length - 1L, millis.length * 95L / 100)]);
        return OptionalDouble.of(calm.toMillis() / 1000.0);
    }

    /// Seconds from the fault's end to the first from which on, until the next fault, 95 % of the new jobs succeed as
    /// soon as in the calm, give or take two seconds, while jobs come at the offered rate.
    ///
    /// @param next when the next fault may begin
    /// @return empty where that never was so, or where nothing tells
    OptionalDouble back(Instant end, Instant next) {
        Duration longest = calm == null ? null : calm.plus(SLACK);
        if (longest == null) {
            return OptionalDouble.empty();
        }
        OptionalDouble since = OptionalDouble.empty();
        Instant last = next.minus(WINDOW).minus(longest);
        for (Instant at = end; !at.isAfter(last); at = at.plus(STEP)) {
            if (!isWell(at, at.plus(WINDOW), longest)) {
                since = OptionalDouble.empty();
            } else if (since.isEmpty()) {
                since = OptionalDouble.of(Duration.between(end, at).toMillis() / 1000.0);
            }
        }
        return since;
    }

    /// Seconds from the fault's end until no more wait or run than come in two seconds.
    OptionalDouble backlogDrained(Instant end) {
        for (Duration after = Duration.ZERO; after.compareTo(LONGEST_DRAIN) <= 0; after = after.plus(STEP)) {
            if (unfinishedAt(end.plus(after)) <= 2L * rate) {
                return OptionalDouble.of(after.toMillis() / 1000.0);
            }
        }
        return OptionalDouble.empty();
    }

    private boolean isWell(Instant from, Instant to, Duration longest) {
        long accepted = before(created, to) - before(created, from);
        List<Job> its = expected.stream()
                .filter(job ->
                        !job.createdAt().isBefore(from) && job.createdAt().isBefore(to))
                .toList();
        long inTime = its.stream()
                .filter(job -> job.status().equals("succeeded"))
                .filter(job -> millis(job) <= longest.toMillis())
                .count();
        return accepted >= ENOUGH_ACCEPTED * rate * WINDOW.toSeconds() && inTime >= ENOUGH * its.size();
    }

    private static long millis(Job job) {
        return job.finishedAt() == null
                ? Long.MAX_VALUE
                : Duration.between(job.createdAt(), job.finishedAt()).toMillis();
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
