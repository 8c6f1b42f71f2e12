package dev.offpeak.bench;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.node.ObjectNode;

/// Durations in microseconds, three digits exact, up to an hour.
final class Latencies {

    private static final long MOST = TimeUnit.HOURS.toMicros(1);

    private final Histogram micros = new ConcurrentHistogram(MOST, 3);

    void recordNanos(long nanos) {
        micros.recordValue(Math.clamp(TimeUnit.NANOSECONDS.toMicros(nanos), 0, MOST));
    }

    void record(Duration duration) {
        recordNanos(duration.toNanos());
    }

    void add(Latencies others) {
        micros.add(others.micros);
    }

    long count() {
        return micros.getTotalCount();
    }

    double percentileMillis(double percentile) {
        return micros.getValueAtPercentile(percentile) / 1000.0;
    }

    ObjectNode summary() {
        ObjectNode summary = Json.object().put("n", count());
        if (count() == 0) {
            return summary;
        }
        return summary.put("p50_ms", percentileMillis(50))
                .put("p95_ms", percentileMillis(95))
                .put("p99_ms", percentileMillis(99))
                .put("max_ms", micros.getMaxValue() / 1000.0)
                .put("mean_ms", Math.round(micros.getMean()) / 1000.0);
    }
}
