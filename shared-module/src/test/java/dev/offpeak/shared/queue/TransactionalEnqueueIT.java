package dev.offpeak.shared.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.offpeak.shared.testing.TestServers;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.jobs.states.EnqueuedState;
import org.jobrunr.jobs.states.JobState;
import org.jobrunr.jobs.states.ProcessingState;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.storage.ConcurrentJobModificationException;
import org.jobrunr.storage.StorageException;
import org.jobrunr.storage.StorageProviderUtils.DatabaseOptions;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.postgresql.PGConnection;
import org.slf4j.MDC;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TransactionalEnqueueIT {

    private static final Duration DEAD_AFTER = Duration.ofSeconds(8);

    private final TestServers.Database database = TestServers.freshDatabase();
    private final HikariDataSource pool = pool();
    private final JdbcClient jdbc = JdbcClient.create(pool);
    private final TransactionTemplate transaction = new TransactionTemplate(new JdbcTransactionManager(pool));
    private final WakeBus bus = new WakeBus(pool);
    private final TxPostgresStorageProvider tasks = new TxPostgresStorageProvider(pool, bus);
    private final JobQueue queue = new JobRunrJobQueue(tasks, jdbc);

    @BeforeAll
    void makeATableOfTheDomain() {
        jdbc.sql("CREATE TABLE thing (id uuid PRIMARY KEY)").update();
    }

    @AfterAll
    void close() {
        bus.close();
        pool.close();
    }

    @Test
    void commitsTheTaskWithTheRow() {
        var task = newTask();

        transaction.executeWithoutResult(status -> {
            insertThing(task.id());
            queue.enqueue(task);
        });

        assertThat(things(task.id())).isOne();
        assertThat(tasks.getJobById(task.taskId()).hasState(StateName.ENQUEUED)).isTrue();
    }

    @Test
    void leavesNoTaskWhereTheCallerRollsBack() {
        var task = newTask();

        transaction.executeWithoutResult(status -> {
            insertThing(task.id());
            queue.enqueue(task);
            status.setRollbackOnly();
        });

        assertThat(things(task.id())).isZero();
        assertThat(queue.live(Set.of(task.taskId()), DEAD_AFTER)).isEmpty();
    }

    @Test
    void keepsTheCallersTransactionWhereTheTaskIsAlreadyThere() {
        var task = newTask();
        var before = newTask();
        transaction.executeWithoutResult(status -> queue.enqueue(task));

        transaction.executeWithoutResult(status -> {
            insertThing(before.id());
            queue.enqueue(task);
            insertThing(task.id());
        });

        assertThat(things(before.id())).isOne();
        assertThat(things(task.id())).isOne();
        assertThat(tasks.getJobById(task.taskId()).getVersion()).isOne();
    }

    @Test
    void savesAListInTheCallersTransaction() {
        var kept = List.of(newTask(), newTask());
        var dropped = List.of(newTask(), newTask());

        transaction.executeWithoutResult(status -> tasks.save(jobs(kept)));
        transaction.executeWithoutResult(status -> {
            tasks.save(jobs(dropped));
            status.setRollbackOnly();
        });

        assertThat(queue.live(ids(kept), DEAD_AFTER)).isEqualTo(ids(kept));
        assertThat(queue.live(ids(dropped), DEAD_AFTER)).isEmpty();
    }

    @Test
    void keepsTheCallersTransactionWhereAListHoldsATaskThatIsThere() {
        var there = newTask();
        var fresh = newTask();
        transaction.executeWithoutResult(status -> queue.enqueue(there));

        transaction.executeWithoutResult(status -> {
            insertThing(fresh.id());
            assertThatThrownBy(() -> tasks.save(jobs(List.of(there, fresh))))
                    .isInstanceOfAny(ConcurrentJobModificationException.class, StorageException.class);
        });

        assertThat(things(fresh.id())).isOne();
        assertThat(queue.live(Set.of(fresh.taskId()), DEAD_AFTER)).isEmpty();
    }

    @Test
    void refusesAReadOnlyTransaction() {
        var readOnly = new TransactionTemplate(new JdbcTransactionManager(pool));
        readOnly.setReadOnly(true);

        assertThatThrownBy(() -> readOnly.executeWithoutResult(status -> queue.enqueue(newTask())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("read-write transaction");
    }

    @Test
    void refusesToEnqueueWithoutATransaction() {
        assertThatThrownBy(() -> queue.enqueue(newTask())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void refusesATransactionOfAnotherDataSource() {
        try (var other = pool()) {
            var elsewhere = new TransactionTemplate(new JdbcTransactionManager(other));

            assertThatThrownBy(() -> elsewhere.executeWithoutResult(status -> queue.enqueue(newTask())))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("DataSource");
        }
    }

    @Test
    void signalsTheWorkersOnceTheTransactionHasCommitted() throws Exception {
        try (var listener = DriverManager.getConnection(database.jdbcUrl(), database.username(), database.password());
                var statement = listener.createStatement()) {
            statement.execute("LISTEN " + WakeBus.CHANNEL);
            var postgres = listener.unwrap(PGConnection.class);

            transaction.executeWithoutResult(status -> {
                queue.enqueue(newTask());
                status.setRollbackOnly();
            });
            assertThat(postgres.getNotifications(100)).isNullOrEmpty();

            transaction.executeWithoutResult(status -> queue.enqueue(newTask()));
            assertThat(postgres.getNotifications(5_000)).isNotEmpty();
        }
    }

    @Test
    void changesATaskOnAConnectionOfItsOwn() {
        var task = newTask();
        transaction.executeWithoutResult(status -> queue.enqueue(task));

        transaction.executeWithoutResult(status -> {
            tasks.save(tasks.getJobById(task.taskId()).delete("by an operator"));
            status.setRollbackOnly();
        });

        assertThat(tasks.getJobById(task.taskId()).hasState(StateName.DELETED)).isTrue();
        assertThat(queue.live(Set.of(task.taskId()), DEAD_AFTER)).isEmpty();
    }

    @Test
    void writesIdsOnly() {
        var task = newTask();
        MDC.put("prompt", "tell nobody");
        try {
            transaction.executeWithoutResult(status -> queue.enqueue(task));
        } finally {
            MDC.clear();
        }

        var job = tasks.getJobById(task.taskId());
        assertThat(job.getJobName()).startsWith("job job_");
        assertThat(job.getMetadata()).isEmpty();
        assertThat(job.getJobDetails().getJobParameterValues()).containsExactly(RunJob.of(task));
    }

    @Test
    void holdsATaskForLiveThatWaitsOrRunsOnALivingWorkerOnly() {
        var alive = worker("now()", null);
        var silent = worker("now() - interval '9 seconds'", null);
        var stopped = worker("now()", "now()");
        var waiting = enqueued();
        serves(alive, "now() AT TIME ZONE 'UTC'", 5);
        var running = processing(alive);
        var slow = worker("now()", null);
        serves(slow, "now() AT TIME ZONE 'UTC'", 30);
        var seldomBeaten = processing(slow);
        change(seldomBeaten, "updatedAt = updatedAt - interval '80 seconds'");
        var behind = worker("now()", null); // its process's clock is an hour late
        serves(behind, "now() AT TIME ZONE 'UTC' - interval '1 hour'", 5);
        var beatenByThatClock = processing(behind);
        change(beatenByThatClock, "updatedAt = updatedAt - interval '1 hour'");
        var expected = ids(List.of(waiting, running, seldomBeaten, beatenByThatClock));
        var ofSilent = processing(silent);
        var ofStopped = processing(stopped);
        var ofGhost = processing(UUID.randomUUID());
        var notBeaten = processing(alive);
        change(notBeaten, "updatedAt = updatedAt - interval '20 seconds'");
        var setByHand = enqueued();
        change(setByHand, "state = 'PROCESSING'");
        var farFuture = enqueued();
        change(farFuture, "state = 'SCHEDULED', scheduledAt = '2099-01-01'");
        var awaiting = enqueued();
        change(awaiting, "state = 'AWAITING'");
        var broken = enqueued();
        change(broken, "state = 'PROCESSING', jobAsJson = '{'");
        var ofNoKind = enqueued();
        change(ofNoKind, "jobAsJson = replace(jobAsJson, '\"kind\":\"job\"', '\"kind\":\"from-the-future\"')");
        var ended = Stream.of("FAILED", "SUCCEEDED", "DELETED")
                .map(state -> {
                    var task = enqueued();
                    change(task, "state = '" + state + "'");
                    return task;
                })
                .toList();
        var all = Stream.concat(
                        ended.stream(),
                        Stream.of(
                                waiting,
                                running,
                                seldomBeaten,
                                beatenByThatClock,
                                ofNoKind,
                                ofSilent,
                                ofStopped,
                                ofGhost,
                                notBeaten,
                                setByHand,
                                farFuture,
                                awaiting,
                                broken))
                .toList();

        assertThat(queue.live(ids(all), DEAD_AFTER)).isEqualTo(expected);
        assertThat(queue.stranded(DEAD_AFTER))
                .contains(ofSilent, ofStopped, ofGhost)
                .doesNotContain(waiting, running, notBeaten, broken);
    }

    @Test
    void removesServersByTheDatabasesClockWhateverTheirOwnsSay() {
        var behind = worker("now()", null);
        var silent = worker("now() - interval '61 seconds'", null);
        var paused = worker("now() - interval '30 seconds'", null);
        var stopped = worker("now()", "now()");
        var strange = UUID.randomUUID(); // that no worker's row tells of
        var gone = UUID.randomUUID();
        serves(behind, "now() AT TIME ZONE 'UTC' - interval '1 hour'", 5);
        serves(silent, "now() AT TIME ZONE 'UTC' + interval '1 hour'", 5);
        serves(paused, "now() AT TIME ZONE 'UTC'", 5);
        serves(stopped, "now() AT TIME ZONE 'UTC'", 5);
        serves(strange, "now() AT TIME ZONE 'UTC'", 5);
        serves(gone, "now() AT TIME ZONE 'UTC' - interval '61 seconds'", 5);

        var fast = InstantSource.system().instant().plusSeconds(20);
        tasks.removeTimedOutBackgroundJobServers(fast); // asked by one whose clock is fast

        assertThat(jdbc.sql("SELECT id FROM jobrunr.jobrunr_backgroundjobservers")
                        .query((row, number) -> UUID.fromString(row.getString("id")))
                        .list())
                .contains(behind, paused, strange)
                .doesNotContain(silent, stopped, gone);
    }

    /// As JobRunr's server of that worker announces itself.
    private void serves(UUID worker, String lastHeartbeat, int pollSeconds) {
        jdbc.sql("""
                INSERT INTO jobrunr.jobrunr_backgroundjobservers
                       (id, name, workerPoolSize, pollIntervalInSeconds, firstHeartbeat, lastHeartbeat, running,
                        systemTotalMemory, systemFreeMemory, systemCpuLoad, processMaxMemory, processFreeMemory,
                        processAllocatedMemory, processCpuLoad, deleteSucceededJobsAfter, permanentlyDeleteJobsAfter)
                VALUES (:id, 'server', 1, :poll, %1$s, %1$s, 1, 1, 1, 1, 1, 1, 1, 1, 'PT10M', 'PT10M')
                """.formatted(lastHeartbeat))
                .param("id", worker.toString())
                .param("poll", pollSeconds)
                .update();
    }

    private Task enqueued() {
        var task = newTask();
        transaction.executeWithoutResult(status -> queue.enqueue(task));
        return task;
    }

    /// As JobRunr writes it when a worker has fetched the task.
    private Task processing(UUID worker) {
        var task = enqueued();
        var job = tasks.getJobById(task.taskId());
        List<JobState> history = List.of(new EnqueuedState(), new ProcessingState(worker, "worker"));
        tasks.save(new Job(job.getId(), job.getVersion(), job.getJobDetails(), history, new ConcurrentHashMap<>()));
        return task;
    }

    private UUID worker(String beatAt, @Nullable String stoppedAt) {
        var id = UUID.randomUUID();
        jdbc.sql("INSERT INTO worker (id, host, pid, version, beat_at, stopped_at) VALUES (?, 'here', 1, 'test', "
                        + beatAt + ", " + stoppedAt + ")")
                .param(id)
                .update();
        return id;
    }

    private void change(Task task, String change) {
        assertThat(jdbc.sql("UPDATE jobrunr.jobrunr_jobs SET " + change + " WHERE id = CAST(? AS bpchar)")
                        .param(task.taskId().toString())
                        .update())
                .isOne();
    }

    @Test
    void looksForTasksThroughTheIndex() {
        var plan = transaction.execute(status -> {
            jdbc.sql("SET LOCAL enable_seqscan = off").update();
            return jdbc.sql("""
                            EXPLAIN SELECT id FROM jobrunr.jobrunr_jobs
                            WHERE id = ANY (string_to_array('a,b', ',')::bpchar[])
                            """).query(String.class).list();
        });

        assertThat(String.join("\n", plan)).contains("jobrunr_jobs_pkey");
    }

    @Test
    void makesTheTablesThatJobRunrItselfWouldMake() throws Exception {
        var stock = TestServers.emptyDatabase();
        try (var empty = pool(stock)) {
            new PostgresStorageProvider(empty, DatabaseOptions.CREATE);
            var columns = """
                    SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
                    WHERE table_schema = ? AND table_name LIKE 'jobrunr%' AND is_generated = 'NEVER' ORDER BY 1
                    """;

            assertThat(jdbc.sql(columns).param("jobrunr").query(String.class).list())
                    .isNotEmpty()
                    .isEqualTo(JdbcClient.create(empty)
                            .sql(columns)
                            .param("public")
                            .query(String.class)
                            .list());
        }
    }

    @Test
    void makesItsTablesAgainAfterAProcessDiedMakingThem() throws Exception {
        try (var empty = pool(TestServers.emptyDatabase())) {
            JobRunrSchema.create(empty);
            var again = JdbcClient.create(empty);
            again.sql("INSERT INTO jobrunr.jobrunr_migrations VALUES (?, 'TABLE LOCKER', '2026-01-01T00:00:00Z')")
                    .param("00000000-0000-0000-0000-000000000000")
                    .update();
            again.sql("DELETE FROM jobrunr.jobrunr_migrations WHERE script LIKE '%v016%'")
                    .update();
            again.sql("DROP VIEW jobrunr.jobrunr_jobs_stats").update();
            again.sql("CREATE VIEW jobrunr.jobrunr_jobs_stats AS SELECT 1 AS total")
                    .update();

            JobRunrSchema.create(empty);

            assertThat(again.sql("SELECT count(*) FROM jobrunr.jobrunr_migrations WHERE script = 'TABLE LOCKER'")
                            .query(Long.class)
                            .single())
                    .isZero();
        }
    }

    private static Task newTask() {
        return new Task(TaskKind.JOB, UUID.randomUUID(), 1);
    }

    private static List<Job> jobs(List<Task> wanted) {
        return wanted.stream()
                .map(task -> new Job(task.taskId(), new JobDetails(RunJob.of(task))))
                .toList();
    }

    private static Set<UUID> ids(List<Task> wanted) {
        return Set.copyOf(wanted.stream().map(Task::taskId).toList());
    }

    private void insertThing(UUID id) {
        jdbc.sql("INSERT INTO thing VALUES (?)").param(id).update();
    }

    private long things(UUID id) {
        return jdbc.sql("SELECT count(*) FROM thing WHERE id = ?")
                .param(id)
                .query(Long.class)
                .single();
    }

    private HikariDataSource pool() {
        return pool(database);
    }

    private static HikariDataSource pool(TestServers.Database where) {
        var pool = new HikariDataSource();
        pool.setJdbcUrl(where.jdbcUrl());
        pool.setUsername(where.username());
        pool.setPassword(where.password());
        pool.setMaximumPoolSize(4);
        return pool;
    }
}
