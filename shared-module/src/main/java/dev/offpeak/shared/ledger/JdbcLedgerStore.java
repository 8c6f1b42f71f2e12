package dev.offpeak.shared.ledger;

import static java.time.ZoneOffset.UTC;
import static java.util.stream.Collectors.joining;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.LedgerEntryId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.Usage;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcLedgerStore implements LedgerStore {

    /// Ids carry the time of the process that made them, which may be behind another one's.
    private static final Duration CLOCKS_APART = Duration.ofDays(1);

    /// A job makes no call after its deadline, which is at most seven days after its creation.
    private static final Duration LONGEST_LIFE = Duration.ofDays(9);

    private final JdbcClient jdbc;
    private final CostLinesJson linesJson;

    JdbcLedgerStore(JdbcClient jdbc, CostLinesJson linesJson) {
        this.jdbc = jdbc;
        this.linesJson = linesJson;
    }

    @Override
    public Map<JobId, Receipt> receipts(Collection<JobId> jobs) {
        var sums = new HashMap<JobId, ReceiptSum>();
        if (jobs.isEmpty()) {
            return Map.of();
        }
        var created = jobs.stream()
                .map(job -> TimeOrderedIds.timeOf(job.value()))
                .sorted()
                .toList();
        jdbc.sql("""
                SELECT job_id, status = 'confirmed' OR settled_at IS NOT NULL AS settled, list_usd, billed_usd, lines, input_tokens, cached_input_tokens,
                       cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, id
                  FROM ledger_entry
                 WHERE job_id = ANY (CAST(string_to_array(:jobs, ',') AS uuid[]))
                   AND source_created_at BETWEEN :first AND :last   -- only the partitions that can hold them
                   AND NOT corrected                                 -- it and its correction cancel each other
                UNION ALL
                SELECT job_id, false, 0, 0, '[]', 0, 0, 0, 0, 0, id
                  FROM call
                 WHERE job_id = ANY (CAST(string_to_array(:jobs, ',') AS uuid[]))
                   AND created_at BETWEEN :first AND :last
                   AND status = 'in_flight'                          -- may still become a row
                UNION ALL
                SELECT job_id, false, 0, 0, '[]', 0, 0, 0, 0, 0, id
                  FROM provider_batch_line
                 WHERE job_id = ANY (CAST(string_to_array(:jobs, ',') AS uuid[]))
                   AND job_created_at BETWEEN :first AND :last
                   AND state IN ('assigned', 'sent') AND state = 'sent'   -- its provider may run it; the first names the index
                UNION ALL
                SELECT line.job_id, false, 0, 0, '[]', 0, 0, 0, 0, 0, line.id
                  FROM provider_batch_twin twin          -- hardly ever any, but the planner does not know that
                       CROSS JOIN LATERAL (SELECT job_id, id FROM provider_batch_line
                                            WHERE provider_batch_id = twin.provider_batch_id
                                              AND job_created_at BETWEEN :first AND :last
                                              AND state NOT IN ('assigned', 'withdrawn')
                                              AND job_id = ANY (CAST(string_to_array(:jobs, ',') AS uuid[]))
                                           OFFSET 0) line
                 WHERE twin.ended_at IS NULL             -- may have run the same lines
                 ORDER BY id
                """)
                .param("jobs", jobs.stream().map(job -> job.value().toString()).collect(joining(",")))
                .param("first", created.getFirst().minus(CLOCKS_APART).atOffset(UTC))
                .param("last", created.getLast().plus(LONGEST_LIFE).atOffset(UTC))
                .query(row -> {
                    sums.computeIfAbsent(new JobId(row.getObject("job_id", UUID.class)), _ -> new ReceiptSum())
                            .add(
                                    usd(row, "billed_usd"),
                                    usd(row, "list_usd"),
                                    linesJson.read(row.getString("lines")),
                                    usage(row),
                                    row.getBoolean("settled"));
                });
        var receipts = new HashMap<JobId, Receipt>();
        sums.forEach((job, sum) -> receipts.put(job, sum.receipt()));
        return receipts;
    }

    @Override
    public List<LedgerEntry> list(
            TenantId tenant,
            @Nullable JobId job,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable LedgerEntryId after,
            int limit) {
        return jdbc.sql("""
                SELECT * FROM ledger_entry
                 WHERE tenant_id = :tenant
                   AND (CAST(:job AS uuid) IS NULL OR job_id = :job)
                   AND (CAST(:from AS timestamptz) IS NULL OR at >= :from)
                   AND (CAST(:to AS timestamptz) IS NULL OR at < :to)
                   AND (CAST(:after AS uuid) IS NULL OR id < :after)
                 ORDER BY id DESC
                 LIMIT :limit
                """)
                .param("tenant", tenant.value())
                .param("job", job == null ? null : job.value())
                .param("from", from == null ? null : from.atOffset(UTC))
                .param("to", to == null ? null : to.atOffset(UTC))
                .param("after", after == null ? null : after.value())
                .param("limit", limit)
                .query((row, _) -> entry(row))
                .list();
    }

    private static LedgerEntry entry(ResultSet row) throws SQLException {
        UUID batch = row.getObject("batch_id", UUID.class);
        OffsetDateTime settledAt = row.getObject("settled_at", OffsetDateTime.class);
        return new LedgerEntry(
                new LedgerEntryId(row.getObject("id", UUID.class)),
                row.getString("source"),
                row.getObject("source_id", UUID.class),
                row.getString("status"),
                row.getBoolean("overlap"),
                new JobId(row.getObject("job_id", UUID.class)),
                batch == null ? null : new BatchId(batch),
                row.getString("provider"),
                row.getString("model"),
                row.getString("lane"),
                usage(row),
                usd(row, "billed_usd"),
                usd(row, "list_usd"),
                row.getString("price"),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                settledAt == null ? null : settledAt.toInstant());
    }

    private static Usage usage(ResultSet row) throws SQLException {
        return new Usage(
                Math.abs(row.getLong("input_tokens")), // negative where a correction takes them back
                Math.abs(row.getLong("cached_input_tokens")),
                Math.abs(row.getLong("cache_write_5m_tokens")),
                Math.abs(row.getLong("cache_write_1h_tokens")),
                Math.abs(row.getLong("output_tokens")));
    }

    private static @Nullable Usd usd(ResultSet row, String column) throws SQLException {
        BigDecimal amount = row.getBigDecimal(column);
        return amount == null ? null : new Usd(amount);
    }
}
