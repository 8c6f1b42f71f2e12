package dev.offpeak.shared.batches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.Usd;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

final class JdbcProviderBatchHints implements ProviderBatchHints {

    private static final TypeReference<Map<String, Integer>> COUNTS = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final JsonMapper json = JsonMapper.builder().build();

    JdbcProviderBatchHints(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public boolean lookNow(String provider, String remoteId) {
        return jdbc.sql("""
                UPDATE provider_batch SET not_before = least(not_before, now())
                 WHERE protocol = :protocol AND remote_id = :remoteId AND finished_at IS NULL
                """)
                        .param("protocol", provider)
                        .param("remoteId", remoteId)
                        .update()
                > 0;
    }

    @Override
    public List<ProviderBatchView> list(@Nullable String state, @Nullable ProviderBatchId after, int limit) {
        return jdbc.sql("""
                SELECT sent.*, line.counts, report.at AS reported_at, report.duplicates, report.unknown, report.unreadable,
                       round(report.cached_input_tokens::numeric / nullif(report.input_tokens, 0), 4) AS cached_share,
                       report.input_tokens, report.cached_input_tokens, report.output_tokens, report.said_input_tokens,
                       report.said_cached_input_tokens, report.said_output_tokens, report.billed_usd, report.list_usd,
                       report.unconfirmed_usd, report.unpriced, quota.provider IS NOT NULL AS has_quota, quota.learned,
                       CASE WHEN isfinite(quota.paused_until) THEN quota.paused_until END AS paused_until,
                       CASE WHEN isfinite(sent.not_before) THEN sent.not_before END AS look_at,
                       extract(epoch FROM coalesce(sent.finished_at, now()) - sent.created_at) AS age
                  FROM provider_batch sent
                  LEFT JOIN provider_batch_report report ON report.provider_batch_id = sent.id
                  LEFT JOIN LATERAL (   -- of its model, or of all models together
                       SELECT * FROM provider_batch_quota
                        WHERE provider = sent.provider AND account = sent.account AND model IN (sent.model, '')
                        ORDER BY model DESC LIMIT 1) quota ON true
                  CROSS JOIN LATERAL (
                       SELECT coalesce(jsonb_object_agg(one.state, one.lines), '{}')::text AS counts
                         FROM (SELECT state, count(*) AS lines FROM provider_batch_line
                                WHERE provider_batch_id = sent.id GROUP BY state) one) line
                 WHERE (CAST(:state AS text) IS NULL OR sent.state = :state)
                   AND (CAST(:after AS uuid) IS NULL OR sent.id < :after)
                 ORDER BY sent.id DESC
                 LIMIT :limit
                """)
                .param("state", state)
                .param("after", after == null ? null : after.value())
                .param("limit", limit)
                .query((row, _) -> view(row))
                .list();
    }

    private ProviderBatchView view(ResultSet row) throws SQLException {
        UUID batch = row.getObject("batch_id", UUID.class);
        UUID primerOf = row.getObject("primer_of", UUID.class);
        BigDecimal estimate = row.getBigDecimal("estimate_usd");
        ProviderBatchView.Report report = row.getObject("reported_at") == null ? null : report(row);
        return new ProviderBatchView(
                new ProviderBatchId(row.getObject("id", UUID.class)).toString(),
                "provider_batch",
                new TenantId(row.getObject("tenant_id", UUID.class)).toString(),
                batch == null ? null : new BatchId(batch).toString(),
                primerOf == null ? null : new ProviderBatchId(primerOf).toString(),
                row.getString("provider"),
                row.getString("account"),
                row.getString("model"),
                row.getString("endpoint"),
                row.getString("state"),
                json.readValue(row.getString("counts"), COUNTS),
                row.getLong("tokens"),
                row.getBigDecimal("cached_share"),
                row.getLong("bytes"),
                estimate == null ? null : new Usd(estimate).toString(),
                row.getString("closed_because"),
                row.getInt("attempt"),
                row.getString("remote_id"),
                row.getString("remote_status"),
                row.getInt("remote_completed"),
                row.getInt("remote_failed"),
                row.getBoolean("cancel_requested"),
                row.getString("ended_as"),
                row.getString("error_code"),
                row.getString("error_message"),
                row.getInt("polls"),
                (long) row.getDouble("age"),
                required(row, "created_at"),
                time(row, "submitted_at"),
                time(row, "ended_at"),
                time(row, "finished_at"),
                row.getObject("finished_at") == null ? time(row, "look_at") : null,
                report,
                report == null ? null : ProviderBatchView.Residue.of(report.ours(), report.said()),
                row.getBoolean("has_quota")
                        ? new ProviderBatchView.Quota((Long) row.getObject("learned"), time(row, "paused_until"))
                        : null);
    }

    private static ProviderBatchView.Report report(ResultSet row) throws SQLException {
        return new ProviderBatchView.Report(
                required(row, "reported_at"),
                row.getInt("duplicates"),
                row.getInt("unknown"),
                row.getInt("unreadable"),
                new ProviderBatchView.BatchTokens(
                        row.getLong("input_tokens"), row.getLong("cached_input_tokens"), row.getLong("output_tokens")),
                row.getObject("said_input_tokens") == null
                        ? null
                        : new ProviderBatchView.BatchTokens(
                                row.getLong("said_input_tokens"),
                                row.getLong("said_cached_input_tokens"),
                                row.getLong("said_output_tokens")),
                new Usd(row.getBigDecimal("billed_usd")).toString(),
                new Usd(row.getBigDecimal("list_usd")).toString(),
                new Usd(row.getBigDecimal("unconfirmed_usd")).toString(),
                row.getInt("unpriced"));
    }

    private static Instant required(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
