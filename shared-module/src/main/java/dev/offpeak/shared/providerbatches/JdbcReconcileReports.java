package dev.offpeak.shared.providerbatches;

import static java.time.ZoneOffset.UTC;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.Usage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcReconcileReports implements ReconcileReports {

    private static final List<LineState> ENDS = List.of(
            LineState.OK,
            LineState.ERROR,
            LineState.EXPIRED,
            LineState.LOST,
            LineState.CANCELLED,
            LineState.RETURNED,
            LineState.WITHDRAWN);

    private final JdbcClient jdbc;

    JdbcReconcileReports(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public ReconcileReport write(
            ProviderBatchRow batch, int duplicates, int unknown, int unreadable, @Nullable Usage said) {
        jdbc.sql("""
                WITH line AS (
                    SELECT * FROM provider_batch_line WHERE provider_batch_id = :batch),
                bill AS (   -- the lines' own rows: those of twins have ids of their own
                    SELECT entry.* FROM line
                      JOIN ledger_entry entry ON entry.source = 'line' AND entry.source_id = line.id
                                             AND entry.source_created_at = :createdAt)
                INSERT INTO provider_batch_report AS report
                SELECT :batch, now(),
                       (SELECT count(*) FROM line WHERE state = 'ok'), (SELECT count(*) FROM line WHERE state = 'error'),
                       (SELECT count(*) FROM line WHERE state = 'expired'), (SELECT count(*) FROM line WHERE state = 'lost'),
                       (SELECT count(*) FROM line WHERE state = 'cancelled'),
                       (SELECT count(*) FROM line WHERE state = 'returned'),
                       (SELECT count(*) FROM line WHERE state = 'withdrawn'),
                       :duplicates, :unknown, :unreadable,
                       coalesce(sum(input_tokens) FILTER (WHERE status = 'confirmed'), 0),
                       coalesce(sum(cached_input_tokens) FILTER (WHERE status = 'confirmed'), 0),
                       coalesce(sum(cache_write_5m_tokens) FILTER (WHERE status = 'confirmed'), 0),
                       coalesce(sum(cache_write_1h_tokens) FILTER (WHERE status = 'confirmed'), 0),
                       coalesce(sum(output_tokens) FILTER (WHERE status = 'confirmed'), 0),
                       coalesce(sum(billed_usd) FILTER (WHERE status = 'confirmed'), 0),
                       coalesce(sum(list_usd) FILTER (WHERE status = 'confirmed'), 0),
                       coalesce(sum(billed_usd) FILTER (WHERE status = 'unconfirmed'), 0),
                       count(*) FILTER (WHERE status = 'confirmed' AND price IS NULL),
                       CAST(:saidInput AS bigint), CAST(:saidCached AS bigint), CAST(:saidOutput AS bigint)
                  FROM bill
                    ON CONFLICT (provider_batch_id) DO UPDATE
                   SET at = excluded.at, ok = excluded.ok, error = excluded.error, expired = excluded.expired,
                       lost = excluded.lost, cancelled = excluded.cancelled, returned = excluded.returned,
                       withdrawn = excluded.withdrawn, duplicates = excluded.duplicates, unknown = excluded.unknown,
                       unreadable = excluded.unreadable, input_tokens = excluded.input_tokens,
                       cached_input_tokens = excluded.cached_input_tokens,
                       cache_write_5m_tokens = excluded.cache_write_5m_tokens,
                       cache_write_1h_tokens = excluded.cache_write_1h_tokens, output_tokens = excluded.output_tokens,
                       billed_usd = excluded.billed_usd, list_usd = excluded.list_usd,
                       unconfirmed_usd = excluded.unconfirmed_usd, unpriced = excluded.unpriced,
                       said_input_tokens = excluded.said_input_tokens,
                       said_cached_input_tokens = excluded.said_cached_input_tokens,
                       said_output_tokens = excluded.said_output_tokens
                """)
                .param("batch", batch.id().value())
                .param("createdAt", batch.createdAt().atOffset(UTC))
                .param("duplicates", duplicates)
                .param("unknown", unknown)
                .param("unreadable", unreadable)
                .param("saidInput", said == null ? null : said.inputTokens())
                .param("saidCached", said == null ? null : said.cachedInputTokens())
                .param("saidOutput", said == null ? null : said.outputTokens())
                .update();
        return of(List.of(batch.id())).values().iterator().next();
    }

    @Override
    public Map<ProviderBatchId, ReconcileReport> of(Collection<ProviderBatchId> batches) {
        var reports = new HashMap<ProviderBatchId, ReconcileReport>();
        jdbc.sql("SELECT * FROM provider_batch_report WHERE provider_batch_id = ANY (CAST(:ids AS uuid[]))")
                .param("ids", batches.stream().map(ProviderBatchId::value).toArray(UUID[]::new))
                .query(row -> {
                    ReconcileReport report = report(row);
                    reports.put(report.batch(), report);
                });
        return reports;
    }

    private static ReconcileReport report(ResultSet row) throws SQLException {
        var lines = new EnumMap<LineState, Integer>(LineState.class);
        for (LineState end : ENDS) {
            lines.put(end, row.getInt(end.wire()));
        }
        long saidInput = row.getLong("said_input_tokens");
        boolean nothingSaid = row.wasNull();
        return new ReconcileReport(
                new ProviderBatchId(row.getObject("provider_batch_id", UUID.class)),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                lines,
                row.getInt("duplicates"),
                row.getInt("unknown"),
                row.getInt("unreadable"),
                new Usage(
                        row.getLong("input_tokens"),
                        row.getLong("cached_input_tokens"),
                        row.getLong("cache_write_5m_tokens"),
                        row.getLong("cache_write_1h_tokens"),
                        row.getLong("output_tokens")),
                new Usd(row.getBigDecimal("billed_usd")),
                new Usd(row.getBigDecimal("list_usd")),
                new Usd(row.getBigDecimal("unconfirmed_usd")),
                row.getInt("unpriced"),
                nothingSaid
                        ? null
                        : new Usage(
                                saidInput,
                                row.getLong("said_cached_input_tokens"),
                                0,
                                0,
                                row.getLong("said_output_tokens")));
    }
}
