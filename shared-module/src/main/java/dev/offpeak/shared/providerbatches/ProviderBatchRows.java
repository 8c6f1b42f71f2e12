package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.providers.ProviderAccount;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Reads rows of `provider_batch`.
final class ProviderBatchRows {

    /// What [#read] needs of a statement.
    static final String COLUMNS = "provider_batch.*, now() AS read_at";

    private static final String SIMULATOR = "simulator";

    private ProviderBatchRows() {}

    static ProviderBatchRow read(ResultSet row, int number) throws SQLException {
        UUID bulk = row.getObject("batch_id", UUID.class);
        UUID primerOf = row.getObject("primer_of", UUID.class);
        UUID parent = row.getObject("parent_id", UUID.class);
        UUID worker = row.getObject("worker_id", UUID.class);
        BigDecimal estimate = row.getBigDecimal("estimate_usd");
        return new ProviderBatchRow(
                new ProviderBatchId(row.getObject("id", UUID.class)),
                time(row, "created_at"),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                bulk == null ? null : new BatchId(bulk),
                new ProviderAccount(
                        row.getString("protocol"),
                        row.getString("account"),
                        SIMULATOR.equals(row.getString("provider"))),
                row.getString("model"),
                row.getString("endpoint"),
                row.getString("prefix"),
                primerOf == null ? null : new ProviderBatchId(primerOf),
                parent == null ? null : new ProviderBatchId(parent),
                row.getInt("splits"),
                BatchState.ofWire(row.getString("state")),
                row.getInt("lines"),
                row.getLong("bytes"),
                row.getLong("tokens"),
                row.getBoolean("counted"),
                estimate == null ? null : new Usd(estimate),
                time(row, "close_at"),
                timeOrNull(row, "nearest_deadline"),
                row.getString("closed_because"),
                row.getInt("attempt"),
                row.getString("input_name"),
                row.getString("input_sha256"),
                row.getString("input_file_id"),
                row.getString("remote_id"),
                row.getString("remote_status"),
                row.getString("output_file_id"),
                row.getString("error_file_id"),
                row.getInt("remote_completed"),
                row.getInt("remote_failed"),
                row.getBoolean("cancel_requested"),
                row.getString("ended_as"),
                row.getString("error_code"),
                row.getString("error_message"),
                row.getObject("error_line", Integer.class),
                timeOrNull(row, "closed_at"),
                timeOrNull(row, "uploading_at"),
                timeOrNull(row, "creating_at"),
                timeOrNull(row, "submitted_at"),
                timeOrNull(row, "remote_expires_at"),
                timeOrNull(row, "ended_at"),
                timeOrNull(row, "finished_at"),
                row.getInt("polls"),
                timeOrNull(row, "missing_since"),
                row.getInt("failures"),
                timeOrNull(row, "unanswered"),
                row.getBoolean("suspect"),
                timeOrNull(row, "doubted_at"),
                row.getObject("doubted_lines", Integer.class),
                timeOrNull(row, "cancelled_at"),
                row.getInt("taken_back"),
                row.getLong("fence"),
                worker == null ? null : new WorkerId(worker),
                notBefore(row),
                time(row, "read_at"));
    }

    private static Instant time(ResultSet row, String column) throws SQLException {
        return Objects.requireNonNull(timeOrNull(row, column));
    }

    /// `infinity` is no moment that Java's times reach.
    private static Instant notBefore(ResultSet row) throws SQLException {
        OffsetDateTime time = row.getObject("not_before", OffsetDateTime.class);
        return time.equals(OffsetDateTime.MAX) ? Instant.MAX : time.toInstant();
    }

    private static @Nullable Instant timeOrNull(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
