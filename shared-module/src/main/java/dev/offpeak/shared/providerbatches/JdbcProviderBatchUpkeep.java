package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

final class JdbcProviderBatchUpkeep implements ProviderBatchUpkeep {

    private static final UUID FIRST = new UUID(0, 0); // before all ids
    private static final int PAGE = 500;

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final JobQueue queue;
    private final JdbcCollector collector;

    JdbcProviderBatchUpkeep(
            JdbcClient jdbc, TransactionOperations transaction, JobQueue queue, JdbcCollector collector) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.queue = queue;
        this.collector = collector;
    }

    @Override
    public int closeDue(int limit) {
        return collector.closeDue(limit);
    }

    /// @param task of its newest wake
    private record Sleeping(
            UUID id, TenantId tenant, int wake, @Nullable UUID task) {

        static Sleeping read(ResultSet row, int number) throws SQLException {
            return new Sleeping(
                    row.getObject("id", UUID.class),
                    new TenantId(row.getObject("tenant_id", UUID.class)),
                    row.getInt("wake"),
                    row.getObject("task_id", UUID.class));
        }
    }

    @Override
    public int wakeDue(int limit) {
        Integer woken = transaction.execute(_ -> {
            List<Sleeping> due =
                    jdbc.sql("""
                    SELECT id, tenant_id, wake, task_id FROM provider_batch
                     WHERE finished_at IS NULL AND task_id IS NULL AND worker_id IS NULL AND not_before <= now()
                       AND state <> 'collecting'
                     ORDER BY not_before LIMIT :limit
                       FOR NO KEY UPDATE SKIP LOCKED   -- rows of another worker's turn
                    """).param("limit", limit).query(Sleeping::read).list();
            due.forEach(this::wake);
            return due.size();
        });
        return woken == null ? 0 : woken;
    }

    @Override
    public int wakeForgotten(Duration deadAfter) {
        int woken = 0;
        List<Sleeping> page = candidates(FIRST);
        while (!page.isEmpty()) {
            Set<UUID> live = queue.live(page.stream().map(Sleeping::task).toList(), deadAfter);
            woken += wakeAgain(
                    page.stream().filter(batch -> !live.contains(batch.task())).toList());
            page = page.size() < PAGE ? List.of() : candidates(page.getLast().id());
        }
        return woken;
    }

    /// One that is claimed waits for nobody: it is released, or taken back.
    private List<Sleeping> candidates(UUID after) {
        return jdbc.sql("""
                SELECT id, tenant_id, wake, task_id FROM provider_batch
                 WHERE finished_at IS NULL AND task_id IS NOT NULL AND worker_id IS NULL
                   AND not_before <= now() - interval '10 seconds' AND id > :after
                 ORDER BY id LIMIT :page
                """)
                .param("after", after)
                .param("page", PAGE)
                .query(Sleeping::read)
                .list();
    }

    @Override
    public int wakeStranded(Duration deadAfter) {
        return wakeAgain(queue.stranded(deadAfter).stream()
                .filter(task -> task.kind() == TaskKind.PROVIDER_BATCH && task.tenant() != null)
                .map(task -> new Sleeping(task.id(), tenant(task), task.wake(), task.taskId()))
                .toList());
    }

    private static TenantId tenant(Task task) {
        TenantId tenant = task.tenant();
        if (tenant == null) {
            throw new IllegalStateException("a provider batch has a tenant");
        }
        return tenant;
    }

    private int wakeAgain(List<Sleeping> gone) {
        if (gone.isEmpty()) {
            return 0;
        }
        Integer woken = transaction.execute(_ -> {
            List<Sleeping> still = jdbc.sql("""
                    SELECT batch.id, batch.tenant_id, batch.wake, batch.task_id
                      FROM provider_batch batch
                      JOIN unnest(CAST(:ids AS uuid[]), CAST(:tasks AS uuid[])) AS gone (id, task)
                        ON batch.id = gone.id AND batch.task_id = gone.task
                     WHERE batch.finished_at IS NULL AND batch.worker_id IS NULL AND batch.not_before <= now()
                       FOR NO KEY UPDATE OF batch SKIP LOCKED
                    """)
                    .param("ids", gone.stream().map(Sleeping::id).toArray(UUID[]::new))
                    .param("tasks", gone.stream().map(Sleeping::task).toArray(UUID[]::new))
                    .query(Sleeping::read)
                    .list();
            still.forEach(this::wake);
            return still.size();
        });
        return woken == null ? 0 : woken;
    }

    private void wake(Sleeping batch) {
        var task = new Task(TaskKind.PROVIDER_BATCH, batch.id(), batch.wake() + 1, batch.tenant());
        jdbc.sql("UPDATE provider_batch SET wake = :wake, task_id = :task WHERE id = :id")
                .param("wake", task.wake())
                .param("task", task.taskId())
                .param("id", batch.id())
                .update();
        queue.enqueue(task);
    }

    private static final String FREED = """
            UPDATE provider_batch
               SET %s worker_id = NULL, claimed_at = NULL, task_id = NULL, not_before = least(not_before, now())
             WHERE worker_id IS NOT NULL AND
            """;

    @Override
    public int takeBack(Duration deadAfter) {
        return jdbc.sql(FREED.formatted("taken_back = taken_back + 1,") + """
                       NOT EXISTS (SELECT FROM worker
                                    WHERE worker.id = provider_batch.worker_id AND worker.stopped_at IS NULL
                                      AND worker.beat_at > now() - make_interval(secs => :deadAfter))
                """)
                .param("deadAfter", deadAfter.toMillis() / 1000.0)
                .update();
    }

    @Override
    public int releaseUnheld(WorkerId worker, Supplier<? extends Collection<ProviderBatchId>> held) {
        Integer released = transaction.execute(_ -> {
            jdbc.sql("SELECT now()").query().singleValue(); // the moment that now() means from here on
            return jdbc.sql(FREED.formatted("") + """
                           worker_id = :worker AND claimed_at < now() - interval '10 seconds'
                       AND id <> ALL (CAST(:held AS uuid[]))
                    """)
                    .param("worker", worker.value())
                    .param(
                            "held",
                            held.get().stream().map(ProviderBatchId::value).toArray(UUID[]::new))
                    .update();
        });
        return released == null ? 0 : released;
    }
}
