package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.jobs.GenerationRequestJson;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Pages by number, and no transaction over them: a large batch takes minutes, and a line that is sealed
/// changes no more.
final class JdbcBatchLines implements BatchLines {

    /// A page ends with the line that reaches this; single requests may be as large as the API takes them,
    /// and however they lie beside each other, no page holds more than this and one of those.
    private static final long PAGE_BYTES = 2 << 20;

    private static final int MOST_LINES = 250;

    private final JdbcClient jdbc;
    private final GenerationRequestJson requests = new GenerationRequestJson();

    JdbcBatchLines(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public void read(ProviderBatchRow batch, Sink sink) throws IOException, InterruptedException {
        int most = MOST_LINES;
        List<Line> lines = page(batch.id(), -1, most);
        while (!lines.isEmpty()) {
            for (Line line : lines) {
                sink.line(line);
            }
            if (Thread.interrupted()) {
                throw new InterruptedException("the worker takes its thread back");
            }
            // Where pages were cut short the database need not look at lines that the next one has no room for.
            most = Math.min(MOST_LINES, 2 * lines.size());
            lines = page(batch.id(), lines.getLast().number(), most);
        }
    }

    @Override
    public Optional<Line> first(ProviderBatchId batch) {
        return page(batch, -1, 1).stream().findFirst();
    }

    /// As many of the next lines as make a page; at least one where there is one.
    List<Line> page(ProviderBatchId batch, int after, int limit) {
        return jdbc.sql("""
                WITH next AS (
                    SELECT number, job_id, job_created_at, input_tokens FROM provider_batch_line
                     WHERE provider_batch_id = :batch AND number > :after AND state IN ('assigned', 'sent')
                     ORDER BY number LIMIT :limit),
                measured AS (
                    SELECT next.*,
                           sum(octet_length(input.request::text)) OVER (
                               ORDER BY next.number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
                      FROM next
                      LEFT JOIN job_input input ON input.job_id = next.job_id AND input.job_created_at = next.job_created_at)
                SELECT line.number, line.job_id, line.input_tokens, job.workflow, job.workflow_version, input.request
                  FROM measured line
                  JOIN job ON job.id = line.job_id
                  LEFT JOIN job_input input ON input.job_id = line.job_id AND input.job_created_at = line.job_created_at
                 WHERE coalesce(line.before, 0) < :bytes   -- the first one always
                 ORDER BY line.number
                """)
                .param("batch", batch.value())
                .param("after", after)
                .param("limit", limit)
                .param("bytes", PAGE_BYTES)
                .query((row, _) -> {
                    String request = row.getString("request");
                    return new Line(
                            row.getInt("number"),
                            new JobId(row.getObject("job_id", UUID.class)),
                            row.getString("workflow"),
                            row.getInt("workflow_version"),
                            row.getLong("input_tokens"),
                            request == null ? null : requests.read(request));
                })
                .list();
    }
}
