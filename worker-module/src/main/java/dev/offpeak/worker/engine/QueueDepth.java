package dev.offpeak.worker.engine;

import dev.offpeak.shared.queue.Pool;
import dev.offpeak.shared.queue.TaskSource;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.worker.maintenance.ClusterGauge;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;

/// How many tasks stand in JobRunr's table in the states that are not the end of a good run.
final class QueueDepth implements ClusterGauge {

    private static final String UNKNOWN = "unknown";

    private static final List<String> STATES = List.of("ENQUEUED", "PROCESSING", "SCHEDULED", "FAILED");

    private final JdbcClient jdbc;

    QueueDepth(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Metric metric() {
        return Metric.QUEUE_DEPTH;
    }

    @Override
    public Map<List<String>, Number> read() {
        Map<List<String>, Number> depth = new HashMap<>();
        for (var pool : Pool.values()) {
            STATES.forEach(state -> depth.put(List.of(pool.wire(), wire(state)), 0));
        }
        // In two parts: the waiting ones, which may be many, are counted on the index of the fetch alone.
        jdbc.sql("""
                SELECT pool, kind, state, count(*) AS tasks FROM jobrunr.jobrunr_jobs
                 WHERE state = 'ENQUEUED' GROUP BY pool, kind, state
                 UNION ALL
                SELECT pool, kind, state, count(*) FROM jobrunr.jobrunr_jobs
                 WHERE state IN ('PROCESSING', 'SCHEDULED', 'FAILED') GROUP BY pool, kind, state
                """).query(row -> {
            var tags = List.of(pool(row.getString("pool"), row.getString("kind")), wire(row.getString("state")));
            depth.merge(tags, row.getLong("tasks"), (a, b) -> a.longValue() + b.longValue());
        });
        return depth;
    }

    /// Tags take few values, whatever the rows say.
    static String pool(String stored, String kind) {
        return TaskSource.isKnown(stored, kind) ? stored : UNKNOWN;
    }

    private static String wire(String state) {
        return state.toLowerCase(Locale.ROOT);
    }
}
