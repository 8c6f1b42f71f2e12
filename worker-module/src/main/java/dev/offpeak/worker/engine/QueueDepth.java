package dev.offpeak.worker.engine;

import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.worker.maintenance.ClusterGauge;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;

/// How many tasks stand in JobRunr's table in the states that are not the end of a good run.
final class QueueDepth implements ClusterGauge {

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
        STATES.forEach(state -> depth.put(List.of(wire(state)), 0));
        jdbc.sql("SELECT state, count(*) AS tasks FROM jobrunr.jobrunr_jobs WHERE state IN (:states) GROUP BY state")
                .param("states", STATES)
                .query(row -> {
                    depth.put(List.of(wire(row.getString("state"))), row.getLong("tasks"));
                });
        return depth;
    }

    private static String wire(String state) {
        return state.toLowerCase(Locale.ROOT);
    }
}
