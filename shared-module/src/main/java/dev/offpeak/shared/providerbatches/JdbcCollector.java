package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import java.math.BigDecimal;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/// Collecting batches as rows. Jobs are locked before the batch, by collectors and by everybody else.
final class JdbcCollector implements Collector, BulkCollector {

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final JobQueue queue;
    private final IdGenerator ids;
    private final CollectingLimits limits;

    JdbcCollector(
            JdbcClient jdbc,
            TransactionOperations transaction,
            JobQueue queue,
            IdGenerator ids,
            CollectingLimits limits) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.queue = queue;
        this.ids = ids;
        this.limits = limits;
    }

    @Override
    public boolean collect(
            ClaimedJob job, Group group, Usage estimate, Charge charge, long bytes, Duration closeAfter) {
        Boolean collected = transaction.execute(_ -> {
            Optional<Instant> deadline = leave(job, group);
            deadline.ifPresent(nearest -> {
                CollectingLimits.Most most = limits.of(group);
                var line = new Line(
                        job.id(),
                        job.createdAt(),
                        nearest,
                        estimate.inputTokens(),
                        estimate.outputTokens(),
                        charge.billed(),
                        bytes);
                Duration age = closeAfter.compareTo(most.age()) < 0 ? closeAfter : most.age();
                add(group, List.of(line), most, most.lines(), age);
            });
            return deadline.isPresent();
        });
        return Boolean.TRUE.equals(collected);
    }

    /// A commit that a crash forgets leaves a job that nobody holds, which its worker or the reaper puts
    /// back.
    private Optional<Instant> leave(ClaimedJob job, Group group) {
        return jdbc.sql("""
                WITH unhurried AS (SELECT set_config('synchronous_commit', 'off', true))
                UPDATE job SET status = 'batched', worker_id = NULL, task_id = NULL, wait_reason = 'collecting',
                       attempts = greatest(attempts - 1, 0), lane = 'batch', provider = :provider, model = :model,
                       row_version = row_version + 1
                  FROM unhurried
                 WHERE id = :id AND status = 'running' AND fence = :fence
                RETURNING deadline
                """)
                .param("provider", group.account().shownAs())
                .param("model", group.model())
                .param("id", job.id().value())
                .param("fence", job.fence())
                .query((row, _) ->
                        row.getObject("deadline", OffsetDateTime.class).toInstant())
                .optional();
    }

    @Override
    public int collect(BatchId bulk, Group group, List<Line> lines, int mostLines) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("Lines of a bulk are collected in the transaction that feeds them");
        }
        Set<UUID> taken = leaveQueue(bulk, group, lines);
        CollectingLimits.Most most = limits.of(group);
        add(
                group,
                lines.stream()
                        .filter(line -> taken.contains(line.job().value()))
                        .toList(),
                most,
                Math.min(most.lines(), Math.max(1, mostLines)),
                most.age());
        return taken.size();
    }

    private Set<UUID> leaveQueue(BatchId bulk, Group group, List<Line> lines) {
        if (lines.isEmpty()) {
            return Set.of();
        }
        return jdbc.sql("""
                WITH waiting AS (
                    SELECT id FROM job
                     WHERE id = ANY (CAST(:ids AS uuid[])) AND batch_id = :bulk AND status = 'queued' AND deadline > now()
                     ORDER BY id   -- as everybody else, so that nobody waits for each other
                       FOR NO KEY UPDATE)
                UPDATE job SET status = 'batched', task_id = NULL, wait_reason = 'collecting', lane = 'batch',
                       provider = :provider, model = :model, held_until = NULL, row_version = row_version + 1
                  FROM waiting WHERE job.id = waiting.id
                RETURNING job.id
                """)
                .param("ids", lines.stream().map(line -> line.job().value()).toArray(UUID[]::new))
                .param("bulk", bulk.value())
                .param("provider", group.account().shownAs())
                .param("model", group.model())
                .query((row, _) -> row.getObject("id", UUID.class))
                .set();
    }

    /// A collecting batch, locked.
    private record Open(UUID id, int wake, int lines, long bytes, long tokens) {}

    private void add(Group group, List<Line> lines, CollectingLimits.Most most, int mostLines, Duration age) {
        int from = 0;
        while (from < lines.size()) {
            Open open = open(group, age);
            int to = from;
            int count = open.lines();
            long bytes = open.bytes();
            long tokens = open.tokens();
            while (to < lines.size() && (count == 0 || fits(most, mostLines, count, bytes, tokens, lines.get(to)))) {
                bytes += lines.get(to).bytes();
                tokens += lines.get(to).inputTokens();
                count++;
                to++;
            }
            if (to > from) {
                insert(open, lines.subList(from, to));
            }
            String full = full(most, mostLines, count, bytes, tokens);
            if (full != null || to < lines.size()) {
                close(open.id(), open.wake(), group, full == null ? "size" : full);
            }
            from = to;
        }
    }

    private static boolean fits(
            CollectingLimits.Most most, int mostLines, int count, long bytes, long tokens, Line next) {
        return count < mostLines
                && bytes + next.bytes() <= most.bytes()
                && tokens + next.inputTokens() <= most.tokens();
    }

    private static @Nullable String full(
            CollectingLimits.Most most, int mostLines, int count, long bytes, long tokens) {
        if (count >= mostLines) {
            return "count";
        }
        if (bytes >= most.bytes()) {
            return "bytes";
        }
        return tokens >= most.tokens() ? "tokens" : null;
    }

    private Open open(Group group, Duration age) {
        return jdbc.sql("""
                INSERT INTO provider_batch (id, tenant_id, batch_id, protocol, provider, account, model, endpoint, prefix,
                                            estimate_usd, close_at, not_before)
                VALUES (:id, :tenant, :bulk, :protocol, :provider, :account, :model, :endpoint, :prefix,
                        0, now() + make_interval(secs => :age), now() + make_interval(secs => :age))
                ON CONFLICT (tenant_id, batch_id, provider, protocol, account, model, endpoint, prefix) WHERE state = 'collecting'
                DO UPDATE SET close_at = least(provider_batch.close_at, excluded.close_at),
                              not_before = least(provider_batch.close_at, excluded.close_at)
                RETURNING id, wake, lines, bytes, tokens
                """)
                .param("id", ids.next())
                .param("tenant", group.tenant().value())
                .param("bulk", group.bulk() == null ? null : group.bulk().value(), Types.OTHER)
                .param("protocol", group.account().provider())
                .param("provider", group.account().shownAs())
                .param("account", group.account().account())
                .param("model", group.model())
                .param("endpoint", group.endpoint())
                .param("prefix", group.prefix())
                .param("age", age.toMillis() / 1000.0)
                .query((row, _) -> new Open(
                        row.getObject("id", UUID.class),
                        row.getInt("wake"),
                        row.getInt("lines"),
                        row.getLong("bytes"),
                        row.getLong("tokens")))
                .single();
    }

    private void insert(Open open, List<Line> lines) {
        jdbc.sql("""
                WITH line AS (
                    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:jobs AS uuid[]), CAST(:createdAts AS timestamptz[]),
                                         CAST(:deadlines AS timestamptz[]), CAST(:inputs AS bigint[]),
                                         CAST(:outputs AS bigint[]), CAST(:estimates AS numeric[]), CAST(:bytes AS bigint[]))
                             WITH ORDINALITY AS line (id, job, created_at, deadline, input, output, estimate, bytes, number)),
                written AS (
                    INSERT INTO provider_batch_line (provider_batch_id, number, id, job_id, job_created_at,
                                                     input_tokens, output_tokens, estimate_usd)
                    SELECT :batch, :from + number, id, job, created_at, input, output, estimate FROM line),
                total AS (
                    SELECT count(*) AS lines, sum(bytes) AS bytes, sum(input) AS tokens, min(deadline) AS deadline,
                           CASE WHEN count(estimate) = count(*) THEN sum(estimate) END AS estimate   -- null: incomplete
                      FROM line)
                UPDATE provider_batch batch
                   SET lines = batch.lines + total.lines, bytes = batch.bytes + total.bytes,
                       tokens = batch.tokens + total.tokens, estimate_usd = batch.estimate_usd + total.estimate,
                       nearest_deadline = least(batch.nearest_deadline, total.deadline)
                  FROM total WHERE batch.id = :batch
                """)
                .param("batch", open.id())
                .param("from", open.lines())
                .param("ids", lines.stream().map(_ -> ids.next()).toArray(UUID[]::new))
                .param("jobs", lines.stream().map(Line::job).map(JobId::value).toArray(UUID[]::new))
                .param("createdAts", times(lines.stream().map(Line::createdAt).toList()))
                .param("deadlines", times(lines.stream().map(Line::deadline).toList()))
                .param("inputs", lines.stream().map(Line::inputTokens).toArray(Long[]::new))
                .param("outputs", lines.stream().map(Line::outputTokens).toArray(Long[]::new))
                .param(
                        "estimates",
                        lines.stream().map(line -> amount(line.estimate())).toArray(BigDecimal[]::new))
                .param("bytes", lines.stream().map(Line::bytes).toArray(Long[]::new))
                .update();
    }

    private static String[] times(List<Instant> instants) {
        return instants.stream().map(Instant::toString).toArray(String[]::new);
    }

    private static @Nullable BigDecimal amount(@Nullable Usd usd) {
        return usd == null ? null : usd.amount();
    }

    @Override
    public int close(BatchId bulk) {
        Integer closed = transaction.execute(_ -> {
            List<Collecting> open = jdbc.sql("""
                    SELECT id, tenant_id, wake FROM provider_batch
                     WHERE batch_id = :bulk AND state = 'collecting' ORDER BY id FOR NO KEY UPDATE
                    """)
                    .param("bulk", bulk.value())
                    .query((row, _) -> new Collecting(
                            row.getObject("id", UUID.class),
                            row.getObject("tenant_id", UUID.class),
                            row.getInt("wake")))
                    .list();
            open.forEach(batch -> close(batch, "fed"));
            return open.size();
        });
        return closed == null ? 0 : closed;
    }

    private record Collecting(UUID id, UUID tenant, int wake) {}

    private void close(UUID id, int wake, Group group, String because) {
        close(new Collecting(id, group.tenant().value(), wake), because);
    }

    /// The row is locked and collects.
    private void close(Collecting batch, String because) {
        var task = new Task(TaskKind.PROVIDER_BATCH, batch.id(), batch.wake() + 1, new TenantId(batch.tenant()));
        jdbc.sql("""
                UPDATE provider_batch
                   SET state = 'closed', closed_at = now(), closed_because = :because, not_before = now(),
                       wake = :wake, task_id = :task
                 WHERE id = :id
                """)
                .param("because", because)
                .param("wake", task.wake())
                .param("task", task.taskId())
                .param("id", batch.id())
                .update();
        queue.enqueue(task);
    }

    /// Closes batches whose time to collect is over.
    int closeDue(int limit) {
        Integer closed = transaction.execute(_ -> {
            List<Collecting> due = jdbc.sql("""
                    SELECT id, tenant_id, wake FROM provider_batch
                     WHERE finished_at IS NULL AND task_id IS NULL AND state = 'collecting' AND not_before <= now()
                     ORDER BY not_before LIMIT :limit
                       FOR NO KEY UPDATE SKIP LOCKED   -- somebody adds a line this very moment: the next turn closes it
                    """)
                    .param("limit", limit)
                    .query((row, _) -> new Collecting(
                            row.getObject("id", UUID.class),
                            row.getObject("tenant_id", UUID.class),
                            row.getInt("wake")))
                    .list();
            due.forEach(batch -> close(batch, "age"));
            return due.size();
        });
        return closed == null ? 0 : closed;
    }
}
