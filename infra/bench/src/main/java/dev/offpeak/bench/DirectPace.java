package dev.offpeak.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// How fast direct calls go while as many as are permitted are made: what a rescue has at hand.
///
/// @param perSecond jobs that ended in a second, all through
/// @param p99 from a job's start to its end
record DirectPace(double perSecond, Duration p99) {

    /// @throws IllegalStateException where fewer than two of the jobs ended
    static DirectPace of(Collection<JsonNode> jobs) {
        var latencies = new Latencies();
        Instant first = Instant.MAX;
        Instant last = Instant.MIN;
        for (JsonNode job : jobs) {
            Optional<Instant> started = JobTimes.at(job, "started_at");
            Optional<Instant> finished = JobTimes.at(job, "finished_at");
            if (started.isEmpty() || finished.isEmpty()) {
                continue;
            }
            latencies.record(Duration.between(started.get(), finished.get()));
            first = started.get().isBefore(first) ? started.get() : first;
            last = finished.get().isAfter(last) ? finished.get() : last;
        }
        if (latencies.count() < 2) {
            throw new IllegalStateException("no direct jobs to learn the pace from");
        }
        double seconds = Math.max(1, Duration.between(first, last).toMillis()) / 1000.0;
        return new DirectPace(
                latencies.count() / seconds, Duration.ofNanos((long) (latencies.percentileMillis(99) * 1e6)));
    }

    /// The deadline of the k-th job, the first being 0, that leaves room for it and all before it, and twice the time
    /// that a call takes.
    Duration room(int k) {
        return p99.multipliedBy(2).plusNanos((long) ((k + 1) / perSecond * 1e9));
    }
}
