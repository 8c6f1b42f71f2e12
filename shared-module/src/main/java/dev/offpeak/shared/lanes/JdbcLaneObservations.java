package dev.offpeak.shared.lanes;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcLaneObservations implements LaneObservations {

    private final JdbcClient jdbc;

    JdbcLaneObservations(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public List<Observed> batches(Duration expected) {
        return jdbc.sql("""
                WITH ended AS (
                    SELECT provider, model, extract(hour FROM submitted_at AT TIME ZONE 'UTC')::int AS hour,
                           extract(epoch FROM ended_at - submitted_at) AS took
                      FROM provider_batch
                     WHERE ended_at > now() - interval '14 days' AND submitted_at <= ended_at
                       AND ended_as IN ('completed', 'expired') AND primer_of IS NULL),
                usual AS (
                    SELECT provider, model, percentile_cont(0.9) WITHIN GROUP (ORDER BY took) AS took
                      FROM ended GROUP BY provider, model),
                late AS (
                    SELECT batch.provider, batch.model, extract(hour FROM batch.submitted_at AT TIME ZONE 'UTC')::int AS hour,
                           extract(epoch FROM now() - batch.submitted_at) AS took
                      FROM provider_batch batch
                      LEFT JOIN usual ON usual.provider = batch.provider AND usual.model = batch.model
                     WHERE batch.finished_at IS NULL AND batch.state IN ('submitted', 'cancelling') AND batch.primer_of IS NULL
                       AND batch.submitted_at < now() - make_interval(secs => coalesce(usual.took, :expected)))
                SELECT provider, model, hour, count(*) AS seen,
                       percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY took) AS took
                  FROM (SELECT * FROM ended UNION ALL SELECT * FROM late) observed
                 GROUP BY GROUPING SETS ((provider, model, hour), (provider, model))
                """)
                .param("expected", expected.toMillis() / 1000.0)
                .query((row, _) -> new Observed(
                        row.getString("provider"),
                        row.getString("model"),
                        row.getObject("hour", Integer.class),
                        row.getLong("seen"),
                        took(row)))
                .list();
    }

    @Override
    public List<Observed> calls() {
        return jdbc.sql("""
                SELECT provider, model, count(*) AS seen,
                       percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY took) AS took
                  FROM (SELECT provider, model, status, extract(epoch FROM ended_at - begun_at) AS took
                          FROM call ORDER BY id DESC LIMIT 4000) newest   -- ids sort by time
                 WHERE status = 'confirmed' AND took >= 0
                 GROUP BY provider, model
                """)
                .query((row, _) -> new Observed(
                        row.getString("provider"), row.getString("model"), null, row.getLong("seen"), took(row)))
                .list();
    }

    @Override
    public List<Due> due() {
        return jdbc.sql("""
                SELECT provider, ceil(extract(epoch FROM deadline - now()) / 10) * 10 AS within, count(*) AS jobs
                  FROM (SELECT provider, deadline FROM job
                         WHERE status IN ('queued', 'running', 'batched') AND status <> 'batched' AND deadline > now()
                           AND NOT (may_wait AND not_before = 'infinity')   -- waits for its feeder
                         ORDER BY deadline LIMIT 10000) nearest
                 GROUP BY provider, within ORDER BY within, provider
                """)
                .query((row, _) ->
                        new Due(row.getString("provider"), seconds(row.getDouble("within")), row.getLong("jobs")))
                .list();
    }

    private static Quantiles took(ResultSet row) throws SQLException {
        Double[] took = (Double[]) row.getArray("took").getArray();
        return new Quantiles(seconds(took[0]), seconds(took[1]), seconds(took[2]));
    }

    private static Duration seconds(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }
}
