package dev.offpeak.shared.batches;

import static java.time.ZoneOffset.UTC;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.jobs.LineEstimate;
import dev.offpeak.shared.providerbatches.Group;
import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.webhooks.WebhookOutbox;
import dev.offpeak.shared.webhooks.WebhookPayload;
import dev.offpeak.shared.webhooks.WebhookTarget;
import dev.offpeak.shared.workflows.Tier;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

final class JdbcBatchFeeds implements BatchFeeds {

    private static final UUID FIRST = new UUID(0, 0); // before all ids

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final JobQueue queue;
    private final JdbcBatchReader reader;
    private final WebhookOutbox outbox;
    private final JsonMapper json = JsonMapper.builder().build();

    JdbcBatchFeeds(
            JdbcClient jdbc,
            TransactionOperations transaction,
            JobQueue queue,
            JdbcBatchReader reader,
            WebhookOutbox outbox) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.queue = queue;
        this.reader = reader;
        this.outbox = outbox;
    }

    @Override
    public Optional<ClaimedBatch> claim(Task task, WorkerId worker, Duration deadAfter) {
        return jdbc.sql("""
                UPDATE batch SET fence = fence + 1, worker_id = :worker, claimed_at = now(),
                       task_id = coalesce(task_id, :task)   -- claimed: nobody need be woken for it
                 WHERE id = :id AND finished_at IS NULL AND not_before <= now()
                   AND (worker_id IS NULL
                        OR claimed_at < now() - interval '1 minute'   -- far longer than a look: its answer was lost
                        OR NOT EXISTS (SELECT FROM worker
                                        WHERE worker.id = batch.worker_id AND worker.stopped_at IS NULL
                                          AND worker.beat_at > now() - make_interval(secs => :deadAfter)))
                RETURNING *, now() AS moment
                """)
                .param("worker", worker.value())
                .param("task", task.taskId())
                .param("id", task.id())
                .param("deadAfter", seconds(deadAfter))
                .query((row, _) -> claimed(row))
                .optional();
    }

    @Override
    public Optional<ClaimedBatch> lock(ClaimedBatch claim) {
        return jdbc.sql("""
                SELECT *, now() AS moment FROM batch WHERE id = :id AND fence = :fence AND finished_at IS NULL FOR UPDATE
                """)
                .param("id", claim.id().value())
                .param("fence", claim.fence())
                .query((row, _) -> claimed(row))
                .optional();
    }

    private static ClaimedBatch claimed(ResultSet row) throws SQLException {
        return new ClaimedBatch(
                new BatchId(row.getObject("id", UUID.class)),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                row.getLong("fence"),
                BatchStatus.ofWire(row.getString("status")),
                usd(row, "max_cost_usd"),
                row.getString("stopped") != null,
                row.getInt("total"),
                time(row, "created_at"),
                time(row, "moment"));
    }

    @Override
    public List<UnfedLine> unfed(ClaimedBatch batch, @Nullable JobId after, int limit) {
        return jdbc.sql("""
                WITH line AS MATERIALIZED (
                    SELECT id, created_at, deadline, workflow, workflow_version, tier,
                           may_wait AND NOT rescue AS may_wait
                      FROM job
                     WHERE batch_id = :batch AND status = 'queued' AND not_before = 'infinity' AND id > :after
                       AND (held_until IS NULL OR held_until <= now())
                     ORDER BY id LIMIT :limit)
                SELECT line.*, input.input_tokens, input.output_tokens, input.input_bytes, input.estimate_usd, input.call_usd
                  FROM line
                 CROSS JOIN LATERAL (   -- one by one: a join might read the inputs of all jobs that there ever were
                       SELECT input_tokens, output_tokens, input_bytes, estimate_usd,
                              coalesce(call_estimate_usd, 2 * estimate_usd) AS call_usd
                         FROM job_input
                        WHERE job_id = line.id AND job_created_at = :createdAt
                        LIMIT 1) input
                 ORDER BY line.id
                """)
                .param("batch", batch.id().value())
                .param("createdAt", batch.createdAt().atOffset(UTC))
                .param("after", after == null ? FIRST : after.value())
                .param("limit", limit)
                .query((row, _) -> unfed(row))
                .list();
    }

    private static UnfedLine unfed(ResultSet row) throws SQLException {
        return new UnfedLine(
                new JobId(row.getObject("id", UUID.class)),
                time(row, "created_at"),
                time(row, "deadline"),
                row.getString("workflow"),
                row.getInt("workflow_version"),
                Tier.ofWire(row.getString("tier")),
                row.getBoolean("may_wait"),
                new LineEstimate(
                        row.getLong("input_tokens"),
                        row.getLong("output_tokens"),
                        row.getLong("input_bytes"),
                        usd(row, "estimate_usd"),
                        usd(row, "call_usd")));
    }

    private static @Nullable Usd usd(ResultSet row, String column) throws SQLException {
        BigDecimal amount = row.getBigDecimal(column);
        return amount == null ? null : new Usd(amount);
    }

    @Override
    public boolean pausing(BatchId batch) {
        return jdbc.sql("""
                SELECT EXISTS (SELECT FROM job WHERE batch_id = :batch AND status = 'queued' AND held_until > now())
                """).param("batch", batch.value()).query(Boolean.class).single();
    }

    @Override
    public int release(Collection<JobId> lines) {
        return jdbc.sql("""
                UPDATE job SET not_before = now(), held_until = NULL
                 WHERE id = ANY (CAST(:ids AS uuid[])) AND status = 'queued' AND not_before = 'infinity'
                """)
                .param("ids", lines.stream().map(JobId::value).toArray(UUID[]::new))
                .update();
    }

    @Override
    public int calledAlone(BatchId batch) {
        return jdbc.sql("""
                SELECT count(*) FROM job
                 WHERE batch_id = :batch AND status IN ('queued', 'running') AND not_before < 'infinity'
                """).param("batch", batch.value()).query(Integer.class).single();
    }

    @Override
    public Shards shards(Group group) {
        BatchId bulk = Objects.requireNonNull(group.bulk());
        return jdbc.sql("""
                SELECT count(*) FILTER (WHERE own AND state <> 'collecting') AS closed,
                       coalesce(sum(lines) FILTER (WHERE own AND state = 'collecting'), 0) AS collecting,
                       count(*) FILTER (WHERE finished_at IS NULL) AS under_way
                  FROM (SELECT state, lines, finished_at, parent_id IS NULL AND primer_of IS NULL AS own
                          FROM provider_batch
                         WHERE batch_id = :batch AND provider = :provider AND account = :account AND model = :model
                           AND endpoint = :endpoint AND prefix = :prefix) shard
                """)
                .param("provider", group.account().shownAs())
                .param("account", group.account().account())
                .param("model", group.model())
                .param("endpoint", group.endpoint())
                .param("prefix", group.prefix())
                .param("batch", bulk.value())
                .query((row, _) -> new Shards(row.getInt("closed"), row.getInt("collecting"), row.getInt("under_way")))
                .single();
    }

    @Override
    public Spending spending(ClaimedBatch batch) {
        return jdbc.sql("""
                SELECT (SELECT coalesce(sum(billed_usd), 0) FROM ledger_entry WHERE batch_id = :batch AND NOT corrected) AS billed,
                       (SELECT coalesce(sum(CASE WHEN job.status = 'batched' THEN input.estimate_usd   -- the others are called
                                                 ELSE coalesce(input.call_estimate_usd, 2 * input.estimate_usd) END), 0)
                          FROM job JOIN job_input input ON input.job_id = job.id AND input.job_created_at = :createdAt
                         WHERE job.batch_id = :batch
                           AND (job.status IN ('running', 'batched') OR job.status = 'queued' AND job.not_before < 'infinity'))
                     + (SELECT coalesce(sum(line.estimate_usd), 0)   -- cancelled, expired or rescued, but still to be billed
                          FROM provider_batch sent
                          JOIN provider_batch_line line ON line.provider_batch_id = sent.id AND line.state = 'sent'
                           AND line.job_created_at = :createdAt
                          JOIN job ON job.id = line.job_id AND job.status <> 'batched' AND job.batch_id = :batch
                         WHERE sent.tenant_id = :tenant AND (sent.batch_id = :batch OR sent.batch_id IS NULL)
                           AND sent.finished_at IS NULL) AS under_way
                """)
                .param("batch", batch.id().value())
                .param("tenant", batch.tenant().value())
                .param("createdAt", batch.createdAt().atOffset(UTC))
                .query((row, _) ->
                        new Spending(new Usd(row.getBigDecimal("billed")), new Usd(row.getBigDecimal("under_way"))))
                .single();
    }

    @Override
    public void stop(ClaimedBatch claim, ErrorCode why) {
        jdbc.sql("""
                UPDATE batch SET stopped = :why, row_version = row_version + 1
                 WHERE id = :id AND fence = :fence AND stopped IS NULL
                """)
                .param("why", why.wire())
                .param("id", claim.id().value())
                .param("fence", claim.fence())
                .update();
    }

    @Override
    public int cancelAtProviders(BatchId batch) {
        return jdbc.sql("""
                UPDATE provider_batch SET cancel_requested = true, not_before = least(not_before, now())
                 WHERE batch_id = :batch AND finished_at IS NULL AND NOT cancel_requested
                """).param("batch", batch.value()).update();
    }

    @Override
    public boolean open(BatchId batch) {
        return jdbc.sql("""
                SELECT EXISTS (SELECT FROM job WHERE batch_id = :batch AND status IN ('queued', 'running', 'batched'))
                """).param("batch", batch.value()).query(Boolean.class).single();
    }

    @Override
    public Optional<BatchStatus> end(ClaimedBatch claim) {
        BatchCounts counts = reader.counts(claim.id());
        if (counts.open() > 0) {
            return Optional.empty();
        }
        var status = BatchStatus.endOf(claim.status() == BatchStatus.CANCELLING, counts);
        var ended = jdbc.sql("""
                UPDATE batch SET status = :status, counts = CAST(:counts AS jsonb), finished_at = now(), worker_id = NULL,
                       claimed_at = NULL, task_id = NULL, row_version = row_version + 1
                 WHERE id = :id AND fence = :fence AND finished_at IS NULL
                RETURNING webhook_url, webhook_secret, finished_at
                """)
                .param("status", status.wire())
                .param("counts", json.writeValueAsString(counts))
                .param("id", claim.id().value())
                .param("fence", claim.fence())
                .query((row, _) -> new Ended(
                        time(row, "finished_at"),
                        row.getString("webhook_url") == null
                                ? null
                                : new WebhookTarget(row.getString("webhook_url"), row.getBytes("webhook_secret"))))
                .optional();
        ended.ifPresent(end -> announce(claim, status, end));
        Failpoints.reach(Failpoint.BATCH_END_WRITTEN);
        return ended.map(_ -> status);
    }

    private record Ended(Instant at, @Nullable WebhookTarget target) {}

    private void announce(ClaimedBatch batch, BatchStatus status, Ended ended) {
        if (ended.target() == null) {
            return;
        }
        String type = status.webhookType();
        String payload = WebhookPayload.of(type, ended.at(), json.<ObjectNode>valueToTree(reader.read(batch.id())));
        outbox.batchEnded(batch.tenant(), batch.id(), batch.createdAt(), type, payload, ended.target());
    }

    @Override
    public void putBack(ClaimedBatch claim, Duration pause) {
        jdbc.sql("""
                UPDATE batch
                   SET worker_id = NULL, claimed_at = NULL, task_id = NULL,
                       -- whoever cancelled it meanwhile wants to be heard at once
                       not_before = CASE WHEN status = 'cancelling' AND :wasRunning THEN now()
                                         ELSE now() + make_interval(secs => :pause) END
                 WHERE id = :id AND fence = :fence AND finished_at IS NULL
                """)
                .param("wasRunning", claim.status() == BatchStatus.RUNNING)
                .param("pause", seconds(pause))
                .param("id", claim.id().value())
                .param("fence", claim.fence())
                .update();
    }

    /// A batch that waits and the number of its newest wake.
    private record Sleeping(
            UUID id, TenantId tenant, int wake, @Nullable UUID task) {}

    @Override
    public int wakeDue(int limit) {
        return transaction.execute(_ -> {
            List<Sleeping> due = jdbc.sql("""
                    SELECT id, tenant_id, wake, task_id FROM batch
                     WHERE finished_at IS NULL AND task_id IS NULL AND not_before <= now()
                     ORDER BY not_before LIMIT :limit
                       FOR UPDATE SKIP LOCKED   -- rows of another worker's turn
                    """)
                    .param("limit", limit)
                    .query(JdbcBatchFeeds::sleeping)
                    .list();
            due.forEach(this::wake);
            return due.size();
        });
    }

    @Override
    public int wakeForgotten(Duration deadAfter, int limit) {
        int woken = 0;
        List<Sleeping> page = forgottenCandidates(FIRST, limit);
        while (!page.isEmpty()) {
            Set<UUID> live = queue.live(
                    page.stream().map(Sleeping::task).filter(Objects::nonNull).toList(), deadAfter);
            woken += wakeAgain(page.stream()
                    .filter(batch -> batch.task() != null && !live.contains(batch.task()))
                    .toList());
            page = page.size() < limit
                    ? List.of()
                    : forgottenCandidates(page.getLast().id(), limit);
        }
        return woken;
    }

    private List<Sleeping> forgottenCandidates(UUID after, int limit) {
        return jdbc.sql("""
                SELECT id, tenant_id, wake, task_id FROM batch
                 WHERE finished_at IS NULL AND task_id IS NOT NULL AND not_before <= now() - interval '5 seconds'
                   AND id > :after
                 ORDER BY id LIMIT :limit
                """)
                .param("after", after)
                .param("limit", limit)
                .query(JdbcBatchFeeds::sleeping)
                .list();
    }

    private int wakeAgain(List<Sleeping> gone) {
        if (gone.isEmpty()) {
            return 0;
        }
        return transaction.execute(_ -> {
            List<Sleeping> still = jdbc.sql("""
                    SELECT batch.id, batch.tenant_id, batch.wake, batch.task_id
                      FROM batch JOIN unnest(CAST(:ids AS uuid[]), CAST(:tasks AS uuid[])) AS gone (id, task)
                        ON batch.id = gone.id AND batch.task_id = gone.task
                     WHERE batch.finished_at IS NULL
                       FOR UPDATE OF batch SKIP LOCKED
                    """)
                    .param("ids", gone.stream().map(Sleeping::id).toArray(UUID[]::new))
                    .param("tasks", gone.stream().map(Sleeping::task).toArray(UUID[]::new))
                    .query(JdbcBatchFeeds::sleeping)
                    .list();
            still.forEach(this::wake);
            return still.size();
        });
    }

    private void wake(Sleeping batch) {
        var task = new Task(TaskKind.FEEDER, batch.id(), batch.wake() + 1, batch.tenant());
        jdbc.sql("UPDATE batch SET wake = :wake, task_id = :task WHERE id = :id")
                .param("wake", task.wake())
                .param("task", task.taskId())
                .param("id", batch.id())
                .update();
        queue.enqueue(task);
    }

    private static Sleeping sleeping(ResultSet row, int number) throws SQLException {
        return new Sleeping(
                row.getObject("id", UUID.class),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                row.getInt("wake"),
                row.getObject("task_id", UUID.class));
    }

    private static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
