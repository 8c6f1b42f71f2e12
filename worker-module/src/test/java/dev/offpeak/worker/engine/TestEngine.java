package dev.offpeak.worker.engine;

import com.zaxxer.hikari.HikariDataSource;
import dev.offpeak.shared.queue.Pool;
import dev.offpeak.shared.queue.RunJob;
import dev.offpeak.shared.queue.TaskJson;
import dev.offpeak.shared.queue.TaskRunner;
import dev.offpeak.shared.queue.TxPostgresStorageProvider;
import dev.offpeak.shared.queue.WakeBus;
import dev.offpeak.shared.testing.TestServers.Database;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.springframework.jdbc.core.simple.JdbcClient;

/// A worker's engine without Spring, whose tasks do what the test says.
final class TestEngine implements AutoCloseable {

    /// JobRunr takes no less.
    static final Duration POLL = Duration.ofSeconds(5);

    /// What is found by no poll was found by a wake.
    static final Duration NO_POLL = Duration.ofHours(6);

    private final HikariDataSource pool = new HikariDataSource();
    private final WakeBus bus;
    private final TaskRunner runner;
    final TxPostgresStorageProvider tasks;
    final WakeableServer server;
    final PgWakeListener listener;
    final Engine engine;
    final JdbcClient jdbc;

    TestEngine(Database database, int workers, TaskRunner runner) {
        this(database, workers, Duration.ofSeconds(60), runner);
    }

    TestEngine(Database database, int workers, Duration drain, TaskRunner runner) {
        this(database, everywhere(workers), drain, runner);
    }

    TestEngine(Database database, Places places, Duration drain, TaskRunner runner) {
        this(database, places, drain, POLL, runner);
    }

    /// @param poll how often JobRunr looks for tasks by itself
    TestEngine(Database database, Places places, Duration drain, Duration poll, TaskRunner runner) {
        pool.setJdbcUrl(database.jdbcUrl());
        pool.setUsername(database.username());
        pool.setPassword(database.password());
        pool.setMaximumPoolSize(8);
        pool.setConnectionInitSql(
                "SET synchronous_commit = off; SET plan_cache_mode = force_generic_plan; SET enable_sort = off; SET jit = off");
        this.runner = runner;
        jdbc = JdbcClient.create(pool);
        bus = new WakeBus(pool);
        tasks = new TxPostgresStorageProvider(pool, bus);
        server = new WakeableServer(
                tasks,
                TaskJson.mapper(),
                activator(),
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andPollInterval(poll)
                        .andBackgroundJobServerWorkerPolicy(new ExactWorkerPolicy(places, () -> true))
                        .andConcurrentJobModificationPolicy(new LetItRun()));
        server.setJobFilters(List.of(new InfrastructureFaultFilter()));
        listener = new PgWakeListener(
                () -> {
                    var properties = new Properties();
                    properties.setProperty("user", database.username());
                    properties.setProperty("password", database.password());
                    properties.setProperty("ApplicationName", "listener");
                    return DriverManager.getConnection(database.jdbcUrl(), properties);
                },
                server::wakeSoon,
                Duration.ofSeconds(5),
                InstantSource.system());
        engine = new Engine(server, listener, drain, InstantSource.system());
    }

    static Places everywhere(int workers) {
        return new Places(Arrays.stream(Pool.values()).collect(Collectors.toMap(Function.identity(), _ -> workers)));
    }

    private JobActivator activator() {
        return new JobActivator() {
            @Override
            public <T> T activateJob(Class<T> type) {
                return type.cast(new RunJob.Handler(runner));
            }
        };
    }

    /// Starts and waits until tasks are fetched.
    TestEngine start() {
        engine.start();
        Waiting.until(() -> !server.isNotReadyToProcessJobs());
        return this;
    }

    UUID enqueue() {
        return enqueue("job");
    }

    UUID enqueue(String kind) {
        var id = UUID.randomUUID();
        tasks.save(task(id, kind));
        return id;
    }

    static Job task(UUID id, String kind) {
        return task(new RunJob(kind, id, 1, "default", 1, null));
    }

    static Job task(RunJob what) {
        return new Job(what.id(), new JobDetails(what));
    }

    boolean isIn(UUID task, StateName state) {
        return tasks.getJobById(task).hasState(state);
    }

    void awaitState(UUID task, StateName state) {
        Waiting.until(() -> isIn(task, state));
    }

    @Override
    public void close() {
        if (engine.isRunning()) {
            engine.stop();
        }
        bus.close();
        pool.close();
    }
}
