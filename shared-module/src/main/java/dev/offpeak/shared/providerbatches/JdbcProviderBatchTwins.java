package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.providers.ProviderAccount;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcProviderBatchTwins implements ProviderBatchTwins {

    private final JdbcClient jdbc;

    JdbcProviderBatchTwins(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public boolean found(ProviderBatchId batch, String remoteId) {
        int found = jdbc.sql("""
                INSERT INTO provider_batch_twin (provider_batch_id, remote_id)
                SELECT id, :remote FROM provider_batch
                 WHERE id = :batch AND remote_id IS DISTINCT FROM :remote   -- it may just have been adopted
                    ON CONFLICT DO NOTHING
                """)
                .param("batch", batch.value())
                .param("remote", remoteId)
                .update();
        if (found == 1) {
            touchReceipts(batch);
        }
        return found == 1;
    }

    @Override
    public List<Twin> of(ProviderBatchId batch) {
        return jdbc.sql("""
                SELECT * FROM provider_batch_twin WHERE provider_batch_id = :batch ORDER BY found_at, remote_id
                """)
                .param("batch", batch.value())
                .query(JdbcProviderBatchTwins::read)
                .list();
    }

    @Override
    public List<Twin> toCancel(int limit) {
        return jdbc.sql("""
                SELECT * FROM provider_batch_twin WHERE cancelled_at IS NULL AND ended_at IS NULL
                 ORDER BY found_at LIMIT :limit
                """)
                .param("limit", limit)
                .query(JdbcProviderBatchTwins::read)
                .list();
    }

    @Override
    public List<Twin> late(int limit) {
        return late(false, limit);
    }

    @Override
    public List<Twin> lateOfPrimers(int limit) {
        return late(true, limit);
    }

    private List<Twin> late(boolean primers, int limit) {
        return jdbc.sql("""
                SELECT twin.* FROM provider_batch_twin twin
                  JOIN provider_batch batch ON batch.id = twin.provider_batch_id AND batch.finished_at IS NOT NULL
                 WHERE twin.ended_at IS NULL AND (batch.primer_of IS NOT NULL) = :primers
                 ORDER BY twin.found_at LIMIT :limit
                """)
                .param("primers", primers)
                .param("limit", limit)
                .query(JdbcProviderBatchTwins::read)
                .list();
    }

    @Override
    public List<ProviderBatchRow> doubted(ProviderAccount account, Duration within, int limit) {
        return jdbc.sql("""
                SELECT %s FROM provider_batch
                 WHERE doubted_at IS NOT NULL AND creating_at > now() - make_interval(secs => :within)
                   AND protocol = :protocol AND provider = :provider AND account = :account
                 ORDER BY creating_at DESC LIMIT :limit
                """.formatted(ProviderBatchRows.COLUMNS))
                .param("within", within.toMillis() / 1000.0)
                .param("protocol", account.provider())
                .param("provider", account.shownAs())
                .param("account", account.account())
                .param("limit", limit)
                .query(ProviderBatchRows::read)
                .list();
    }

    @Override
    public void handOver(Twin twin, ProviderBatchId owner) {
        jdbc.sql("""
                WITH gone AS (
                    DELETE FROM provider_batch_twin WHERE provider_batch_id = :batch AND remote_id = :remote
                    RETURNING remote_id, found_at, cancelled_at)
                INSERT INTO provider_batch_twin (provider_batch_id, remote_id, found_at, cancelled_at)
                SELECT owner.id, gone.remote_id, gone.found_at, gone.cancelled_at
                  FROM gone JOIN provider_batch owner ON owner.id = :owner AND owner.remote_id IS DISTINCT FROM gone.remote_id
                    ON CONFLICT DO NOTHING
                """)
                .param("batch", twin.batch().value())
                .param("remote", twin.remoteId())
                .param("owner", owner.value())
                .update();
        touchReceipts(twin.batch());
        touchReceipts(owner);
    }

    private static Twin read(ResultSet row, int number) throws SQLException {
        OffsetDateTime cancelled = row.getObject("cancelled_at", OffsetDateTime.class);
        OffsetDateTime ended = row.getObject("ended_at", OffsetDateTime.class);
        return new Twin(
                new ProviderBatchId(row.getObject("provider_batch_id", UUID.class)),
                row.getString("remote_id"),
                row.getObject("found_at", OffsetDateTime.class).toInstant(),
                cancelled == null ? null : cancelled.toInstant(),
                ended == null ? null : ended.toInstant());
    }

    @Override
    public void cancelled(ProviderBatchId batch, String remoteId) {
        mark("cancelled_at", batch, remoteId);
    }

    @Override
    public void ended(ProviderBatchId batch, String remoteId) {
        mark("ended_at", batch, remoteId);
        touchReceipts(batch);
    }

    /// Who polls with an entity tag sees that a receipt is final, or is not any more. A portion at a time, as
    /// nobody locks more jobs at once.
    private void touchReceipts(ProviderBatchId batch) {
        int lines = jdbc.sql(
                        "SELECT coalesce(max(number), 0) FROM provider_batch_line WHERE provider_batch_id = :batch")
                .param("batch", batch.value())
                .query(Integer.class)
                .single();
        for (int from = 1; from <= lines; from += LineSettlement.MOST) {
            jdbc.sql("""
                    WITH ended AS (
                        SELECT job.id FROM job
                         WHERE job.finished_at IS NOT NULL
                           AND job.id IN (SELECT job_id FROM provider_batch_line
                                           WHERE provider_batch_id = :batch AND number BETWEEN :from AND :to
                                             AND state NOT IN ('assigned', 'withdrawn'))
                         ORDER BY job.id
                           FOR NO KEY UPDATE)
                    UPDATE job SET row_version = row_version + 1 FROM ended WHERE job.id = ended.id
                    """)
                    .param("batch", batch.value())
                    .param("from", from)
                    .param("to", from + LineSettlement.MOST - 1)
                    .update();
        }
    }

    private void mark(String column, ProviderBatchId batch, String remoteId) {
        jdbc.sql("""
                UPDATE provider_batch_twin SET %1$s = coalesce(%1$s, now())
                 WHERE provider_batch_id = :batch AND remote_id = :remote
                """.formatted(column))
                .param("batch", batch.value())
                .param("remote", remoteId)
                .update();
    }
}
