package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.IdGenerator;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

final class JdbcRefusedBatches implements RefusedBatches {

    /// Whoever was refused so often waits as long as anybody.
    private static final int MOST_COUNTED = 10;

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final LineSettlement lines;
    private final JdbcBatchSplit splitting;

    JdbcRefusedBatches(JdbcClient jdbc, TransactionOperations transaction, LineSettlement lines, IdGenerator ids) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.lines = lines;
        this.splitting = new JdbcBatchSplit(jdbc, ids, LineState.RETURNED);
    }

    @Override
    public int split(ProviderBatchRow batch, int parts, Duration pause, String code) {
        return transaction.execute(_ -> holds(batch) ? splitting.split(batch, parts, pause, code) : 0);
    }

    @Override
    public int again(ProviderBatchRow batch, int parts, Duration pause, String code) {
        return transaction.execute(_ -> {
            int kept = split(batch, parts, pause, code); // takes part in this transaction
            jdbc.sql("UPDATE provider_batch SET splits = :splits WHERE parent_id = :batch AND closed_at = now()")
                    .param("splits", batch.splits())
                    .param("batch", batch.id().value())
                    .update();
            return kept;
        });
    }

    @Override
    public int refusedBefore(ProviderBatchRow batch) {
        return jdbc.sql("""
                WITH RECURSIVE earlier AS (
                    SELECT parent_id, 0 AS times FROM provider_batch WHERE id = :batch
                    UNION ALL
                    SELECT parent.parent_id, times + CASE WHEN parent.ended_as = 'failed' THEN 1 ELSE 0 END
                      FROM earlier JOIN provider_batch parent ON parent.id = earlier.parent_id
                     WHERE times < :most)
                SELECT max(times) FROM earlier
                """)
                .param("batch", batch.id().value())
                .param("most", MOST_COUNTED)
                .query(Integer.class)
                .single();
    }

    @Override
    public boolean siblingRefused(ProviderBatchRow batch) {
        return jdbc.sql("""
                SELECT EXISTS (SELECT FROM provider_batch this
                                 JOIN provider_batch other ON other.parent_id = this.parent_id AND other.id <> this.id
                                WHERE this.id = :batch AND other.ended_as = 'failed'
                                  AND other.error_code IS NOT DISTINCT FROM this.error_code)
                """)
                .param("batch", batch.id().value())
                .query(Boolean.class)
                .single();
    }

    private boolean holds(ProviderBatchRow batch) {
        return jdbc.sql("""
                        SELECT id FROM provider_batch
                         WHERE id = :id AND fence = :fence AND state = 'reconciling'
                           FOR UPDATE
                        """)
                .param("id", batch.id().value())
                .param("fence", batch.fence())
                .query(UUID.class)
                .optional()
                .isPresent();
    }

    @Override
    public int callDirectly(ProviderBatchRow batch, String code) {
        return transaction.execute(_ -> {
            if (!holds(batch) || splitting.take(batch, code) == 0) {
                return 0;
            }
            return jdbc.sql("""
                    WITH waiting AS (
                        SELECT job.id FROM job
                         WHERE job.status = 'batched'
                           AND job.id IN (SELECT line.job_id FROM provider_batch_line line WHERE %s)
                         ORDER BY job.id
                           FOR UPDATE)
                    UPDATE job SET status = 'queued', rescue = true, task_id = NULL, not_before = %s, wait_reason = NULL,
                           row_version = row_version + 1
                      FROM waiting WHERE job.id = waiting.id
                    """.formatted(splitting.taken(), BoundedLines.DUE))
                    .param("batch", batch.id().value())
                    .update();
        });
    }

    @Override
    public Optional<OpenLine> named(ProviderBatchRow batch, int inputLine) {
        Optional<Integer> number = jdbc.sql("""
                SELECT number FROM provider_batch_line
                 WHERE provider_batch_id = :batch AND state NOT IN ('assigned', 'withdrawn')   -- in the order of the input
                 ORDER BY number LIMIT 1 OFFSET :before
                """)
                .param("batch", batch.id().value())
                .param("before", Math.max(0, inputLine - 1))
                .query(Integer.class)
                .optional();
        return number.flatMap(line -> lines.open(batch, List.of(line)).stream().findFirst());
    }
}
