package dev.offpeak.shared.jobs;

import static java.time.ZoneOffset.UTC;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

final class JdbcBulkJobs implements BulkJobs {

    /// A page is read whole, so it ends here or after its first line.
    private static final long PAGE_BYTES = 2 << 20;

    private static final int PAGE_LINES = 200;

    private static final LandedLine.Place FIRST = new LandedLine.Place(BigInteger.ZERO, new JobId(new UUID(0, 0)));

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final JdbcJobReader reader;
    private final JdbcJobEndings endings;

    JdbcBulkJobs(JdbcClient jdbc, TransactionOperations transaction, JdbcJobReader reader, JdbcJobEndings endings) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.reader = reader;
        this.endings = endings;
    }

    @Override
    public int cancel(BatchId batch, int limit) {
        return end(
                JobStatus.CANCELLED,
                "batch_id = :batch AND status IN ('queued', 'running', 'batched')",
                batch,
                null,
                null,
                limit);
    }

    @Override
    public int failUnfed(BatchId batch, ErrorCode code, String message, int limit) {
        return end(
                JobStatus.FAILED,
                // lines that were handed on may end; those that would have to go again may not
                "batch_id = :batch AND status = 'queued' AND (not_before = 'infinity' OR attempts > 0 AND NOT rescue)",
                batch,
                code,
                message,
                limit);
    }

    private record Line(JobId id, JdbcJobEndings.Ended ended) {}

    private int end(
            JobStatus status,
            String condition,
            BatchId batch,
            @Nullable ErrorCode code,
            @Nullable String message,
            int limit) {
        return transaction.execute(_ -> {
            List<Line> lines = jdbc.sql("""
                    WITH open AS (
                        SELECT id FROM job
                         WHERE %s
                         LIMIT :limit
                           FOR UPDATE SKIP LOCKED),   -- somebody is about to end it, or to put it back
                    ended AS (
                        UPDATE job SET status = :status, worker_id = NULL, wait_reason = NULL, error_code = :code,
                               error_message = :message, finished_at = now(), row_version = row_version + 1
                          FROM open WHERE job.id = open.id
                        RETURNING job.id, job.tenant_id, job.created_at, job.finished_at)
                    SELECT ended.*, input.webhook_url, input.webhook_secret
                      FROM ended
                      LEFT JOIN job_input input ON input.job_id = ended.id AND input.job_created_at = ended.created_at
                    """.formatted(condition))
                    .param("batch", batch.value())
                    .param("limit", limit)
                    .param("status", status.wire())
                    .param("code", code == null ? null : code.wire())
                    .param("message", message)
                    .query((row, _) ->
                            new Line(new JobId(row.getObject("id", UUID.class)), JdbcJobEndings.Ended.of(row)))
                    .list();
            lines.forEach(line -> endings.announce(line.id(), status, line.ended()));
            return lines.size();
        });
    }

    private record Sized(LandedLine.Place place, long bytes) {}

    @Override
    public List<LandedLine> landed(
            TenantId tenant, BatchId batch, Instant createdAt, boolean ended, LandedLine.@Nullable Place after) {
        LandedLine.Place from = after == null ? FIRST : after;
        List<LandedLine.Place> places = page(jdbc.sql("""
                SELECT result.landed, result.job_id,
                       coalesce(octet_length(outcome.result_text), 0) + coalesce(pg_column_size(outcome.result_json), 0) AS bytes
                  FROM batch_result result
                  LEFT JOIN job_outcome outcome
                         ON outcome.job_id = result.job_id AND outcome.job_created_at = :createdAt
                 WHERE result.batch_id = :batch
                   AND (result.landed, result.job_id) > (CAST(CAST(:landed AS text) AS xid8), :job)
                   -- What an open transaction lands comes before all that later ones do: it must be waited for.
                   AND (:ended OR result.landed < pg_snapshot_xmin(pg_current_snapshot()))
                 ORDER BY result.landed, result.job_id
                 LIMIT :limit
                """)
                .param("createdAt", createdAt.atOffset(UTC))
                .param("batch", batch.value())
                .param("landed", from.landed().toString())
                .param("job", from.job().value())
                .param("ended", ended)
                .param("limit", PAGE_LINES)
                .query((row, _) -> new Sized(
                        new LandedLine.Place(
                                new BigInteger(row.getString("landed")),
                                new JobId(row.getObject("job_id", UUID.class))),
                        row.getLong("bytes")))
                .list());
        if (places.isEmpty()) {
            return List.of();
        }
        Map<JobId, LandedLine> lines = reader.lines(tenant, places);
        return places.stream()
                .map(place -> lines.get(place.job()))
                .filter(Objects::nonNull)
                .toList();
    }

    /// As many as may be held at once.
    private static List<LandedLine.Place> page(List<Sized> sized) {
        var page = new ArrayList<LandedLine.Place>();
        long bytes = 0;
        for (var one : sized) {
            bytes += one.bytes();
            if (!page.isEmpty() && bytes > PAGE_BYTES) {
                break;
            }
            page.add(one.place());
        }
        return page;
    }
}
