package dev.offpeak.shared.batches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.JobStatus;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The reads of batches: their rows, completed by what their jobs and the ledger say.
final class JdbcBatchReader {

    private static final int FIRST_INVALID = 10;
    private static final TypeReference<Map<String, String>> METADATA = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final JsonMapper json = JsonMapper.builder().build();

    JdbcBatchReader(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    Optional<BatchView> find(TenantId tenant, BatchId batch) {
        return jdbc.sql("SELECT * FROM batch WHERE id = :id AND tenant_id = :tenant")
                .param("id", batch.value())
                .param("tenant", tenant.value())
                .query((row, _) -> row(row))
                .optional()
                .map(this::withCost);
    }

    BatchView read(BatchId batch) {
        return withCost(jdbc.sql("SELECT * FROM batch WHERE id = :id")
                .param("id", batch.value())
                .query((row, _) -> row(row))
                .single());
    }

    private BatchView withCost(Row row) {
        var counts = row.counts() == null ? counts(row.id()) : row.counts();
        return view(row, counts, invalid(List.of(row)).getOrDefault(row.id(), List.of()), cost(row));
    }

    List<BatchView> list(TenantId tenant, @Nullable BatchId after, int limit) {
        List<Row> found = jdbc.sql("""
                SELECT * FROM batch
                 WHERE tenant_id = :tenant AND (CAST(:after AS uuid) IS NULL OR id < :after)
                 ORDER BY id DESC
                 LIMIT :limit
                """)
                .param("tenant", tenant.value())
                .param("after", after == null ? null : after.value())
                .param("limit", limit)
                .query((row, _) -> row(row))
                .list();
        var invalid = invalid(found);
        return found.stream()
                .map(row -> view(
                        row,
                        row.counts() == null ? counts(row.id()) : row.counts(),
                        invalid.getOrDefault(row.id(), List.of()),
                        null))
                .toList();
    }

    List<InvalidLine> invalidLines(BatchId batch, int after, int limit) {
        return jdbc.sql("""
                SELECT line, custom_id, code, message FROM batch_invalid_line
                 WHERE batch_id = :batch AND line > :after
                 ORDER BY line LIMIT :limit
                """)
                .param("batch", batch.value())
                .param("after", after)
                .param("limit", limit)
                .query((row, _) -> invalidLine(row))
                .list();
    }

    BatchCounts counts(BatchId batch) {
        var byStatus = new EnumMap<JobStatus, Integer>(JobStatus.class);
        jdbc.sql("SELECT status, count(*) AS jobs FROM job WHERE batch_id = :batch GROUP BY status")
                .param("batch", batch.value())
                .query(row -> {
                    byStatus.put(JobStatus.ofWire(row.getString("status")), row.getInt("jobs"));
                });
        return BatchCounts.of(byStatus);
    }

    /// What is read of a batch's own row.
    private record Row(BatchId id, int invalid, @Nullable BatchCounts counts, Function<Parts, BatchView> view) {}

    private record Parts(BatchCounts counts, List<InvalidLine> invalid, BatchView.@Nullable BatchCost cost) {}

    private static BatchView view(
            Row row, BatchCounts counts, List<InvalidLine> invalid, BatchView.@Nullable BatchCost cost) {
        return row.view().apply(new Parts(counts, invalid, cost));
    }

    private Row row(ResultSet row) throws SQLException {
        var id = new BatchId(row.getObject("id", UUID.class));
        String frozen = row.getString("counts");
        String status = row.getString("status");
        String workflow = row.getString("workflow");
        int invalid = row.getInt("invalid");
        Usd estimate = usd(row, "estimate_usd");
        Usd maxCost = usd(row, "max_cost_usd");
        String stopped = row.getString("stopped");
        Instant createdAt = time(row, "created_at");
        OffsetDateTime finishedAt = row.getObject("finished_at", OffsetDateTime.class);
        Instant deadline = time(row, "deadline");
        Map<String, String> metadata = json.readValue(row.getString("metadata"), METADATA);
        List<String> warnings = finishedAt == null ? warnings(estimate, maxCost, stopped) : List.of();
        return new Row(
                id,
                invalid,
                frozen == null ? null : json.readValue(frozen, BatchCounts.class),
                parts -> new BatchView(
                        id.toString(),
                        "batch",
                        status,
                        workflow,
                        parts.counts(),
                        parts.counts().progress(),
                        new BatchView.InvalidLines(invalid, parts.invalid()),
                        text(estimate),
                        text(maxCost),
                        stopped,
                        parts.cost(),
                        createdAt,
                        finishedAt == null ? null : finishedAt.toInstant(),
                        deadline,
                        metadata,
                        warnings,
                        null,
                        BatchView.BatchLinks.of(id.toString())));
    }

    private static List<String> warnings(@Nullable Usd estimate, @Nullable Usd maxCost, @Nullable String stopped) {
        var warnings = new ArrayList<String>();
        if (estimate == null) {
            warnings.add("There is no price for a model of this batch: its cost is not estimated.");
        } else if (maxCost != null && stopped == null && maxCost.compareTo(estimate) < 0) {
            warnings.add("max_cost_usd is below the estimate: lines are sent while they are sure to stay below it,"
                    + " and those that no longer do fail with max_cost_exceeded.");
        }
        return List.copyOf(warnings);
    }

    private Map<BatchId, List<InvalidLine>> invalid(List<Row> rows) {
        var lines = new HashMap<BatchId, List<InvalidLine>>();
        for (Row row : rows) {
            if (row.invalid() > 0) {
                lines.put(row.id(), invalidLines(row.id(), 0, FIRST_INVALID));
            }
        }
        return lines;
    }

    private static InvalidLine invalidLine(ResultSet row) throws SQLException {
        return new InvalidLine(
                row.getInt("line"), row.getString("custom_id"), row.getString("code"), row.getString("message"));
    }

    private record Sum(BigDecimal billed, BigDecimal list, boolean unpriced, boolean open) {}

    private BatchView.BatchCost cost(Row row) {
        Sum sum = jdbc.sql("""
                SELECT coalesce(sum(billed_usd), 0) AS billed, coalesce(sum(list_usd), 0) AS list,
                       coalesce(bool_or(billed_usd IS NULL), false) AS unpriced,
                       coalesce(bool_or(status = 'unconfirmed' AND settled_at IS NULL), false)
                       OR EXISTS (SELECT FROM batch WHERE id = :batch AND finished_at IS NULL)
                       OR EXISTS (SELECT FROM call JOIN job ON job.id = call.job_id
                                   WHERE call.status = 'in_flight' AND job.batch_id = :batch)
                       OR EXISTS (SELECT FROM batch
                                    JOIN provider_batch sent ON sent.tenant_id = batch.tenant_id AND sent.finished_at IS NULL
                                         AND (sent.batch_id = batch.id OR sent.batch_id IS NULL)
                                    JOIN provider_batch_line line ON line.provider_batch_id = sent.id
                                         AND line.job_created_at = batch.created_at AND line.state = 'sent'
                                    JOIN job ON job.id = line.job_id AND job.batch_id = batch.id
                                   WHERE batch.id = :batch)
                       OR EXISTS (SELECT FROM provider_batch sent JOIN provider_batch_twin twin
                                         ON twin.provider_batch_id = sent.id
                                   WHERE sent.batch_id = :batch AND twin.ended_at IS NULL) AS open
                  FROM ledger_entry
                 WHERE batch_id = :batch AND NOT corrected   -- it and its correction cancel each other
                """)
                .param("batch", row.id().value())
                .query((found, _) -> new Sum(
                        found.getBigDecimal("billed"),
                        found.getBigDecimal("list"),
                        found.getBoolean("unpriced"),
                        found.getBoolean("open")))
                .single();
        return sum.unpriced()
                ? new BatchView.BatchCost(null, null, null, false, true)
                : new BatchView.BatchCost(
                        new Usd(sum.billed()).toString(),
                        new Usd(sum.list()).toString(),
                        new Usd(sum.list().subtract(sum.billed())).toString(),
                        !sum.open(),
                        false);
    }

    private static @Nullable Usd usd(ResultSet row, String column) throws SQLException {
        BigDecimal amount = row.getBigDecimal(column);
        return amount == null ? null : new Usd(amount);
    }

    private static @Nullable String text(@Nullable Usd usd) {
        return usd == null ? null : usd.toString();
    }

    private static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
