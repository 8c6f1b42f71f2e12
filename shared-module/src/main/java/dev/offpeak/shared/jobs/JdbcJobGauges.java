package dev.offpeak.shared.jobs;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcJobGauges implements JobGauges {

    private final JdbcClient jdbc;

    JdbcJobGauges(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Map<JobStatus, Long> unfinished() {
        var counts = new EnumMap<JobStatus, Long>(
                Map.of(JobStatus.QUEUED, 0L, JobStatus.RUNNING, 0L, JobStatus.BATCHED, 0L));
        jdbc.sql("""
                SELECT status, count(*) AS jobs FROM job WHERE status IN ('queued', 'running', 'batched') GROUP BY status
                """).query(row -> {
            counts.put(JobStatus.ofWire(row.getString("status")), row.getLong("jobs"));
        });
        return counts;
    }

    @Override
    public Duration oldestDue() {
        // One question for each partial index; least() passes over nulls.
        double seconds = jdbc.sql("""
                SELECT coalesce(extract(epoch FROM now() - least(
                           (SELECT min(not_before) FROM job WHERE status = 'queued' AND task_id IS NULL AND not_before <= now()),
                           (SELECT min(not_before) FROM job WHERE status = 'queued' AND task_id IS NOT NULL AND not_before <= now()))), 0)
                """).query(Double.class).single();
        return Duration.ofMillis((long) (seconds * 1000));
    }
}
