package dev.offpeak.bench.stock;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;
import org.jspecify.annotations.Nullable;

/// One stock server and scheduler. Closing it drops its schema.
public final class StockJobRunr implements AutoCloseable {

    private static final String SCHEMA = "offpeak_bench_stock";

    private final HikariDataSource pool;
    private final StorageProvider store;
    private final JsonMapper json = new Jackson3JsonMapper();
    private final JobRequestScheduler scheduler;
    private final int workers;
    private final AtomicReference<IntConsumer> started = new AtomicReference<>(_ -> {});
    private @Nullable BackgroundJobServer server;

    private StockJobRunr(HikariDataSource pool, int workers) {
        this.pool = pool;
        this.workers = workers;
        this.store = new PostgresStorageProvider(pool);
        this.store.setJobMapper(new JobMapper(json));
        this.scheduler = new JobRequestScheduler(store, List.of());
    }

    /// @throws IllegalStateException where that PostgreSQL cannot be used
    public static StockJobRunr open(String jdbcUrl, String user, String password, int workers) {
        var config = new HikariConfig();
        config.setJdbcUrl(jdbcUrl);
        config.setUsername(user);
        config.setPassword(password);
        config.setMaximumPoolSize(Math.max(8, workers));
        config.setSchema(SCHEMA);
        config.setPoolName("stock-jobrunr");
        var pool = new HikariDataSource(config);
        try {
            execute(pool, "DROP SCHEMA IF EXISTS " + SCHEMA + " CASCADE", "CREATE SCHEMA " + SCHEMA);
            return new StockJobRunr(pool, workers);
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    /// What `version()` says, up to the compiler.
    public String postgresVersion() {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW server_version")) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL does not say its version", e);
        }
    }

    /// Called with a task's number when its handler starts.
    public void onStart(IntConsumer listener) {
        started.set(listener);
    }

    public void enqueue(int number) {
        scheduler.enqueue(new NumberedTask(number));
    }

    /// In JobRunr's own bulk form.
    public void enqueueAll(int count) {
        scheduler.enqueue(IntStream.range(0, count).mapToObj(NumberedTask::new));
    }

    public void start(Duration poll) {
        var handler = new NumberedTaskHandler(number -> started.get().accept(number));
        var stock = new BackgroundJobServer(
                store,
                json,
                new JobActivator() {
                    @Override
                    public <T> T activateJob(Class<T> type) {
                        return type.cast(handler);
                    }
                },
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andPollInterval(poll)
                        .andWorkerCount(workers)
                        .andInterruptJobsAwaitDurationOnStopBackgroundJobServer(Duration.ofSeconds(5)));
        server = stock;
        stock.start();
    }

    @Override
    public void close() {
        if (server != null) {
            server.stop();
        }
        store.close();
        execute(pool, "DROP SCHEMA IF EXISTS " + SCHEMA + " CASCADE");
        pool.close();
    }

    private static void execute(HikariDataSource pool, String... statements) {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL refused the bench's own schema", e);
        }
    }
}
