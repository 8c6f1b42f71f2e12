package dev.offpeak.worker.engine;

import dev.offpeak.shared.queue.Pool;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.worker.maintenance.ClusterGauge;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;

/// How long the oldest waiting task of each pool has waited.
final class OldestDueTask implements ClusterGauge {

    private final JdbcClient jdbc;

    OldestDueTask(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Metric metric() {
        return Metric.QUEUE_OLDEST_DUE;
    }

    @Override
    public Map<List<String>, Number> read() {
        Map<List<String>, Number> ages = new HashMap<>();
        for (var pool : Pool.values()) {
            ages.put(List.of(pool.wire()), 0.0);
        }
        jdbc.sql("""
                SELECT pool, kind,
                       -- JobRunr writes UTC into a column that knows no zone
                       extract(epoch FROM (clock_timestamp() AT TIME ZONE 'UTC') - min(updatedat)) AS age
                  FROM jobrunr.jobrunr_jobs WHERE state = 'ENQUEUED' GROUP BY pool, kind
                """).query(row -> {
            var pool = QueueDepth.pool(row.getString("pool"), row.getString("kind"));
            ages.merge(
                    List.of(pool),
                    Math.max(0, row.getDouble("age")),
                    (a, b) -> Math.max(a.doubleValue(), b.doubleValue()));
        });
        return ages;
    }
}
