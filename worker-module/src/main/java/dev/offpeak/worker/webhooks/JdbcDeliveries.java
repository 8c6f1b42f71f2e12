package dev.offpeak.worker.webhooks;

import dev.offpeak.shared.core.MessageId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// The delivery rows, as the dispatcher and the sweeper move them. Time that decides is the database's.
class JdbcDeliveries {

    private static final UUID FIRST = new UUID(0, 0);
    private static final int PAGE = 500;

    private final JdbcClient jdbc;
    private final TransactionTemplate inTransaction;
    private final JobQueue queue;
    private final WorkerId worker;
    private final Duration claimFor;
    private final Duration deadAfter;

    /// Dead workers whose claims have been freed. They make no more, so that nobody need look for them each
    /// second.
    private final Set<UUID> lookedAfter = ConcurrentHashMap.newKeySet();

    /// @param deadAfter how long a worker may be silent, on the database's clock, before its claims count no more
    JdbcDeliveries(
            JdbcClient jdbc,
            TransactionTemplate inTransaction,
            JobQueue queue,
            WorkerId worker,
            Duration claimFor,
            Duration deadAfter) {
        this.jdbc = jdbc;
        this.inTransaction = inTransaction;
        this.queue = queue;
        this.worker = worker;
        this.claimFor = claimFor;
        this.deadAfter = deadAfter;
    }

    /// @return empty where nothing is due, the delivery has ended, or a try is under way
    Optional<Claim> claim(Task task) {
        return jdbc.sql("""
                UPDATE webhook_delivery d
                   SET fence = d.fence + 1, worker = :worker, claimed_at = now(),
                       task_id = coalesce(d.task_id, :task)   -- claimed: nobody need be woken for it
                  FROM webhook_message m,
                       -- A claim that a crash forgets is made again: this commit need not wait for the disk.
                       (SELECT set_config('synchronous_commit', 'off', true)) unhurried
                 WHERE d.id = :id AND d.status = 'pending' AND d.not_before <= now()
                   AND (d.claimed_at IS NULL OR d.claimed_at < now() - make_interval(secs => :claimFor))
                   AND m.id = d.message_id AND m.job_created_at = d.job_created_at
                RETURNING d.id, d.fence, d.tenant, d.message_id, d.url, d.secret, d.tries, d.snoozes, m.payload,
                          extract(epoch FROM clock_timestamp() - m.created_at) AS age
                """)
                .param("worker", worker.value())
                .param("task", task.taskId())
                .param("id", task.id())
                .param("claimFor", seconds(claimFor))
                .query((row, _) -> claim(row))
                .optional();
    }

    private static Claim claim(ResultSet row) throws SQLException {
        return new Claim(
                row.getObject("id", UUID.class),
                row.getLong("fence"),
                new TenantId(row.getObject("tenant", UUID.class)),
                new MessageId(row.getObject("message_id", UUID.class)),
                URI.create(row.getString("url")),
                row.getBytes("secret"),
                row.getBytes("payload"),
                row.getInt("tries"),
                row.getInt("snoozes"),
                Duration.ofNanos((long) (row.getDouble("age") * 1e9)));
    }

    /// Keeps the try and moves the delivery on.
    ///
    /// @return false where a newer claim took the delivery over; nothing is written then
    boolean record(Claim claim, Exchange exchange, Duration took, Next next) {
        var answered = exchange instanceof Exchange.Answered answer ? answer : null;
        return jdbc.sql("""
                WITH moved AS (
                    UPDATE webhook_delivery
                       SET status = :status, tries = tries + 1, snoozes = 0,
                           not_before = now() + make_interval(secs => :delay),
                           task_id = NULL, worker = NULL, claimed_at = NULL,
                           ended_at = CASE WHEN :status <> 'pending' THEN now() END
                     WHERE id = :id AND fence = :fence AND status = 'pending'
                    RETURNING id, job_created_at, tries)
                INSERT INTO webhook_attempt
                       (delivery_id, job_created_at, number, outcome, http_status, millis, response, worker)
                SELECT id, job_created_at, tries, :outcome, :httpStatus, :millis, :response, :worker
                  FROM moved
                """)
                        .param(
                                "status",
                                switch (next) {
                                    case Next.Delivered _ -> "delivered";
                                    case Next.Failed _ -> "failed";
                                    case Next.RetryIn _ -> "pending";
                                })
                        .param("delay", next instanceof Next.RetryIn(var delay) ? seconds(delay) : 0.0)
                        .param("id", claim.delivery())
                        .param("fence", claim.fence())
                        .param("outcome", exchange.outcome().wire())
                        .param("httpStatus", answered == null ? null : answered.status(), Types.INTEGER)
                        .param("millis", took.toMillis())
                        .param("response", answered == null ? null : answered.body(), Types.BINARY)
                        .param("worker", worker.value())
                        .update()
                == 1;
    }

    /// Ends a claim without a try.
    ///
    /// @param snoozes to be remembered until the next try
    void putBack(Claim claim, Duration delay, int snoozes) {
        jdbc.sql("""
                UPDATE webhook_delivery
                   SET not_before = now() + make_interval(secs => :delay), snoozes = :snoozes,
                       task_id = NULL, worker = NULL, claimed_at = NULL
                 WHERE id = :id AND fence = :fence AND status = 'pending'
                """)
                .param("delay", seconds(delay))
                .param("snoozes", snoozes)
                .param("id", claim.delivery())
                .param("fence", claim.fence())
                .update();
    }

    /// Ends a claim whose answer was lost on its way to us. Only for who knows that no thread of this worker holds it.
    void unclaim(UUID delivery) {
        jdbc.sql("""
                UPDATE webhook_delivery SET task_id = NULL, worker = NULL, claimed_at = NULL
                 WHERE id = :id AND status = 'pending' AND worker = :worker
                """).param("id", delivery).param("worker", worker.value()).update();
    }

    int wakeDue(int limit) {
        Integer woken = inTransaction.execute(_ -> wake(jdbc.sql("""
                        SELECT id, tenant, wake
                          FROM webhook_delivery
                         WHERE status = 'pending' AND task_id IS NULL AND not_before <= now()
                         ORDER BY not_before LIMIT :limit
                           FOR UPDATE SKIP LOCKED   -- rows of another sweeper: skip, never wait
                        """)
                .param("limit", limit)
                .query((row, _) -> nextTask(row))
                .list()));
        return woken == null ? 0 : woken;
    }

    /// Looks at every delivery that somebody was woken for and that is still due: its task may be gone, or its worker.
    int wakeForgotten(int limit) {
        var woken = 0;
        var after = FIRST;
        while (woken < limit) {
            var page = woken(after);
            if (page.isEmpty()) {
                break;
            }
            after = page.getLast().task().id();
            var live = queue.live(page.stream().map(Woken::taskId).toList(), deadAfter);
            for (var one : page) {
                if (woken < limit && (one.claimed() || !live.contains(one.taskId())) && wakeAgain(one, null)) {
                    woken++;
                }
            }
        }
        return woken;
    }

    long pending() {
        // In two parts, for there is an index on each and none on both.
        return jdbc.sql("""
                SELECT (SELECT count(*) FROM webhook_delivery WHERE status = 'pending' AND task_id IS NULL)
                     + (SELECT count(*) FROM webhook_delivery WHERE status = 'pending' AND task_id IS NOT NULL)
                """).query(Long.class).single();
    }

    /// @param task the next wake
    /// @param taskId the one that may be gone
    /// @param claimed long ago, by a worker that recorded nothing
    private record Woken(Task task, UUID taskId, boolean claimed) {}

    private List<Woken> woken(UUID after) {
        return jdbc.sql("""
                SELECT id, tenant, wake, task_id, claimed_at IS NOT NULL AS claimed
                  FROM webhook_delivery
                 WHERE status = 'pending' AND task_id IS NOT NULL AND id > :after AND not_before <= now()
                   AND (claimed_at IS NULL OR claimed_at < now() - make_interval(secs => :claimFor))
                 ORDER BY id LIMIT :page
                """)
                .param("after", after)
                .param("claimFor", seconds(claimFor))
                .param("page", PAGE)
                .query((row, _) ->
                        new Woken(nextTask(row), row.getObject("task_id", UUID.class), row.getBoolean("claimed")))
                .list();
    }

    /// Wakes what dead workers had been given or had claimed, without waiting until their claims run out.
    int wakeOfTheDead() {
        int woken = 0;
        for (var one : given(queue.stranded(deadAfter))) {
            woken += wakeAgain(one, null) ? 1 : 0;
        }
        var dead = new HashSet<>(diedLately());
        lookedAfter.retainAll(dead); // one that beats again may die again
        dead.removeAll(lookedAfter);
        for (var one : claimedBy(dead)) {
            woken += wakeAgain(one.delivery(), one.by()) ? 1 : 0;
        }
        lookedAfter.addAll(dead);
        return woken;
    }

    private List<Woken> given(List<Task> tasks) {
        var given =
                tasks.stream().filter(task -> task.kind() == TaskKind.DELIVERY).toList();
        return given.isEmpty()
                ? List.of()
                : jdbc.sql("""
                SELECT id, tenant, wake, task_id, claimed_at IS NOT NULL AS claimed
                  FROM webhook_delivery
                 WHERE id = ANY (CAST(:ids AS uuid[])) AND status = 'pending'
                   AND task_id = ANY (CAST(:tasks AS uuid[]))
                """)
                        .param("ids", given.stream().map(Task::id).toArray(UUID[]::new))
                        .param("tasks", given.stream().map(Task::taskId).toArray(UUID[]::new))
                        .query((row, _) -> new Woken(
                                nextTask(row), row.getObject("task_id", UUID.class), row.getBoolean("claimed")))
                        .list();
    }

    /// Those whose claims have not run out by themselves.
    private List<UUID> diedLately() {
        return jdbc.sql("""
                SELECT id FROM worker
                 WHERE (stopped_at IS NOT NULL OR beat_at < clock_timestamp() - make_interval(secs => :deadAfter))
                   AND coalesce(stopped_at, beat_at) > clock_timestamp() - make_interval(secs => :claimFor + :deadAfter)
                """)
                .param("deadAfter", seconds(deadAfter))
                .param("claimFor", seconds(claimFor))
                .query((row, _) -> row.getObject("id", UUID.class))
                .list();
    }

    private record Claimed(Woken delivery, UUID by) {}

    /// Reads all deliveries that somebody was woken for. An index on the worker would make this cheap and every
    /// claim dear: with no index on what a claim changes, its row stays where it is.
    private List<Claimed> claimedBy(Set<UUID> dead) {
        return dead.isEmpty()
                ? List.of()
                : jdbc.sql("""
                SELECT id, tenant, wake, task_id, worker
                  FROM webhook_delivery
                 WHERE status = 'pending' AND task_id IS NOT NULL AND worker = ANY (CAST(:dead AS uuid[]))
                """)
                        .param("dead", dead.toArray(UUID[]::new))
                        .query((row, _) -> new Claimed(
                                new Woken(nextTask(row), row.getObject("task_id", UUID.class), true),
                                row.getObject("worker", UUID.class)))
                        .list();
    }

    /// @param dead whose claim counts no more; null: a claim ends with its time
    private boolean wakeAgain(Woken one, @Nullable UUID dead) {
        Boolean woken = inTransaction.execute(_ -> {
            var rows = jdbc.sql("""
                    UPDATE webhook_delivery
                       SET wake = :wake, task_id = :task, worker = NULL, claimed_at = NULL
                     WHERE id = :id AND status = 'pending' AND task_id = :lost AND wake < :wake
                       -- a claim that came meanwhile is not ours to end
                       AND (claimed_at IS NULL OR claimed_at < now() - make_interval(secs => :claimFor)
                            OR worker = CAST(:dead AS uuid))
                    """)
                    .param("dead", dead)
                    .param("wake", one.task().wake())
                    .param("task", one.task().taskId())
                    .param("id", one.task().id())
                    .param("lost", one.taskId())
                    .param("claimFor", seconds(claimFor))
                    .update();
            if (rows == 1) {
                queue.enqueue(one.task());
            }
            return rows == 1;
        });
        return Boolean.TRUE.equals(woken);
    }

    private int wake(List<Task> tasks) {
        if (tasks.isEmpty()) {
            return 0;
        }
        var ids = new ArrayList<UUID>();
        var wakes = new ArrayList<Integer>();
        var taskIds = new ArrayList<UUID>();
        tasks.forEach(task -> {
            ids.add(task.id());
            wakes.add(task.wake());
            taskIds.add(task.taskId());
        });
        jdbc.sql("""
                UPDATE webhook_delivery d
                   SET wake = w.wake, task_id = w.task
                  FROM unnest(:ids, :wakes, :tasks) AS w (id, wake, task)
                 WHERE d.id = w.id
                """)
                .param("ids", ids.toArray(UUID[]::new))
                .param("wakes", wakes.toArray(Integer[]::new))
                .param("tasks", taskIds.toArray(UUID[]::new))
                .update();
        tasks.forEach(queue::enqueue);
        return tasks.size();
    }

    private static Task nextTask(ResultSet row) throws SQLException {
        return new Task(
                TaskKind.DELIVERY,
                row.getObject("id", UUID.class),
                row.getInt("wake") + 1,
                new TenantId(row.getObject("tenant", UUID.class)));
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
