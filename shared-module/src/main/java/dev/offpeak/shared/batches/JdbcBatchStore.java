package dev.offpeak.shared.batches;

import static java.time.ZoneOffset.UTC;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.jobs.BulkRows;
import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import tools.jackson.databind.json.JsonMapper;

final class JdbcBatchStore implements BatchStore {

    private static final int BUFFER = 1 << 16;

    private final JdbcClient jdbc;
    private final JdbcOperations connections;
    private final JobQueue queue;
    private final JdbcBatchReader reader;
    private final JsonMapper json = JsonMapper.builder().build();

    JdbcBatchStore(JdbcClient jdbc, JdbcOperations connections, JobQueue queue, JdbcBatchReader reader) {
        this.jdbc = jdbc;
        this.connections = connections;
        this.queue = queue;
        this.reader = reader;
    }

    @Override
    public Instant now() {
        return jdbc.sql("SELECT now()").query(OffsetDateTime.class).single().toInstant();
    }

    @Override
    public BatchView accept(NewBatch batch, Rows rows) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("A batch is accepted in one transaction with its answer");
        }
        var firstWake = new Task(TaskKind.FEEDER, batch.id().value(), 0, batch.tenant());
        insert(batch, firstWake);
        copy(BulkRows.COPY_JOBS, rows.jobs(), batch.total());
        copy(BulkRows.COPY_INPUTS, rows.inputs(), batch.total());
        copy(InvalidLineRows.COPY, rows.invalidLines(), batch.invalid());
        queue.enqueue(firstWake);
        BatchView written = reader.read(batch.id());
        Failpoints.reach(Failpoint.INTAKE_WRITTEN);
        return written;
    }

    private void insert(NewBatch batch, Task firstWake) {
        var webhook = batch.webhook();
        int inserted = jdbc.sql("""
                INSERT INTO batch (id, tenant_id, workflow, workflow_version, total, invalid, estimate_usd, max_cost_usd,
                                   webhook_url, webhook_secret, line_webhooks, metadata, created_at, deadline, task_id)
                SELECT :id, :tenant, :workflow, :workflowVersion, :total, :invalid, :estimate, :maxCost,
                       :webhookUrl, :webhookSecret, :lineWebhooks, CAST(:metadata AS jsonb), :createdAt, :deadline, :task
                 WHERE CAST(:deadline AS timestamptz) > now()
                """)
                .param("id", batch.id().value())
                .param("tenant", batch.tenant().value())
                .param("workflow", batch.workflow())
                .param("workflowVersion", batch.workflowVersion())
                .param("total", batch.total())
                .param("invalid", batch.invalid())
                .param(
                        "estimate",
                        batch.estimate() == null ? null : batch.estimate().amount(),
                        Types.NUMERIC)
                .param(
                        "maxCost",
                        batch.maxCost() == null ? null : batch.maxCost().amount(),
                        Types.NUMERIC)
                .param("webhookUrl", webhook == null ? null : webhook.url(), Types.VARCHAR)
                .param("webhookSecret", webhook == null ? null : webhook.sealedSecret(), Types.BINARY)
                .param("lineWebhooks", batch.lineWebhooks())
                .param("metadata", json.writeValueAsString(batch.metadata()))
                .param("createdAt", batch.createdAt().atOffset(UTC))
                .param("deadline", batch.deadline().atOffset(UTC))
                .param("task", firstWake.taskId())
                .update();
        if (inserted == 0) {
            throw new DeadlinePassed();
        }
    }

    private void copy(String sql, InputStream rows, int expected) {
        Long copied = connections.execute((ConnectionCallback<Long>) connection -> {
            try {
                return connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql, rows, BUFFER);
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        });
        if (copied == null || copied != expected) {
            throw new IllegalStateException("a batch of " + expected + " lines came to " + copied + " rows");
        }
    }

    @Override
    public Optional<BatchView> find(TenantId tenant, BatchId batch) {
        return reader.find(tenant, batch);
    }

    @Override
    public List<BatchView> list(TenantId tenant, @Nullable BatchId after, int limit) {
        return reader.list(tenant, after, limit);
    }

    @Override
    public List<InvalidLine> invalidLines(BatchId batch, int after, int limit) {
        return reader.invalidLines(batch, after, limit);
    }

    private record Asleep(int wake, boolean fed) {}

    @Override
    public Cancellation cancel(TenantId tenant, BatchId batch) {
        Optional<Asleep> cancelled = jdbc.sql("""
                UPDATE batch SET status = 'cancelling', not_before = now(), row_version = row_version + 1
                 WHERE id = :id AND tenant_id = :tenant AND status = 'running'
                RETURNING wake, worker_id IS NOT NULL AS fed
                """)
                .param("id", batch.value())
                .param("tenant", tenant.value())
                .query((row, _) -> new Asleep(row.getInt("wake"), row.getBoolean("fed")))
                .optional();
        cancelled.filter(asleep -> !asleep.fed()).ifPresent(asleep -> wake(tenant, batch, asleep.wake() + 1));
        return reader.find(tenant, batch)
                .<Cancellation>map(found -> switch (BatchStatus.ofWire(found.status())) {
                    case RUNNING, CANCELLING, CANCELLED -> new Cancellation.Cancelling(found);
                    case COMPLETED, FAILED, EXPIRED ->
                        new Cancellation.AlreadyFinished(BatchStatus.ofWire(found.status()));
                })
                .orElseGet(Cancellation.NoSuchBatch::new);
    }

    /// Whoever feeds it just now looks again by itself.
    private void wake(TenantId tenant, BatchId batch, int wake) {
        var task = new Task(TaskKind.FEEDER, batch.value(), wake, tenant);
        jdbc.sql("UPDATE batch SET wake = :wake, task_id = :task WHERE id = :id")
                .param("wake", task.wake())
                .param("task", task.taskId())
                .param("id", batch.value())
                .update();
        queue.enqueue(task);
    }
}
