package dev.offpeak.shared.providerbatches;

import java.time.Duration;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcBatchGauges implements BatchGauges {

    private final JdbcClient jdbc;

    JdbcBatchGauges(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public List<Standing> unfinished() {
        return jdbc.sql("""
                SELECT provider, state, count(*) AS batches, sum(lines) AS lines,
                       extract(epoch FROM now() - min(coalesce(closed_at, created_at))) AS oldest
                  FROM provider_batch WHERE finished_at IS NULL GROUP BY provider, state
                """)
                .query((row, _) -> new Standing(
                        row.getString("provider"),
                        BatchState.ofWire(row.getString("state")),
                        row.getLong("batches"),
                        row.getLong("lines"),
                        Duration.ofMillis((long) (1000 * row.getDouble("oldest")))))
                .list();
    }

    /// From the reports, one row a batch: who reads it every few seconds does not read the ledger.
    @Override
    public List<Cached> cached(int limit) {
        return jdbc.sql("""
                SELECT batch.provider, first.workflow, sum(report.cached_input_tokens) / sum(report.input_tokens) AS share
                  FROM provider_batch batch
                  JOIN provider_batch_report report ON report.provider_batch_id = batch.id
                  CROSS JOIN LATERAL (
                       SELECT job.workflow FROM provider_batch_line line JOIN job ON job.id = line.job_id
                        WHERE line.provider_batch_id = batch.id ORDER BY line.number LIMIT 1) first
                 WHERE batch.ended_at > now() - interval '1 day' AND batch.prefix <> ''
                 GROUP BY batch.provider, first.workflow
                HAVING sum(report.input_tokens) > 0
                 ORDER BY sum(report.input_tokens) DESC LIMIT :limit
                """)
                .param("limit", limit)
                .query((row, _) ->
                        new Cached(row.getString("provider"), row.getString("workflow"), row.getDouble("share")))
                .list();
    }
}
