package dev.offpeak.bench.stock;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
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

/// One stock server and scheduler. Who opened it makes its database and drops it when closing; who joined does neither.
public final class StockJobRunr implements AutoCloseable {

    // A database, not a schema: JobRunr looks for its tables in all schemas and would take Offpeak's for its own.
    private static final String DATABASE = "offpeak_bench_stock";

    private final @Nullable Admin admin;
    private final HikariDataSource pool;
    private final StorageProvider store;
    private final JsonMapper json = new Jackson3JsonMapper();
    private final JobRequestScheduler scheduler;
    private final int workers;
    private final AtomicReference<IntConsumer> started = new AtomicReference<>(_ -> {});
    private @Nullable BackgroundJobServer server;

    private StockJobRunr(@Nullable Admin admin, HikariDataSource pool, int workers) {
        this.admin = admin;
        this.pool = pool;
        this.workers = workers;
        this.store = new PostgresStorageProvider(pool);
        this.store.setJobMapper(new JobMapper(json));
        this.scheduler = new JobRequestScheduler(store, List.of());
    }

    /// @throws IllegalStateException where that PostgreSQL cannot be used, or lets the user create no database
    public static StockJobRunr open(String jdbcUrl, String user, String password, int workers) {
        var admin = new Admin(jdbcUrl, user, password);
        admin.dropDatabase();
        admin.execute("CREATE DATABASE " + DATABASE);
        return on(admin, databaseBeside(jdbcUrl), user, password, workers);
    }

    /// One more server in a database that another process opened.
    ///
    /// @param databaseUrl as [#databaseBeside] gave it
    public static StockJobRunr join(String databaseUrl, String user, String password, int workers) {
        return on(null, databaseUrl, user, password, workers);
    }

    /// Where stock JobRunr keeps its jobs on that PostgreSQL.
    public static String databaseBeside(String jdbcUrl) {
        return jdbcUrl.substring(0, jdbcUrl.lastIndexOf('/') + 1) + DATABASE;
    }

    private static StockJobRunr on(
            @Nullable Admin admin, String databaseUrl, String user, String password, int workers) {
        var config = new HikariConfig();
        config.setJdbcUrl(databaseUrl);
        config.setUsername(user);
        config.setPassword(password);
        config.setMaximumPoolSize(16);
        config.setMinimumIdle(2); // several servers share the connections that PostgreSQL lets in
        config.setPoolName("stock-jobrunr");
        var pool = new HikariDataSource(config);
        try {
            return new StockJobRunr(admin, pool, workers);
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

    /// A task that runs until [StockStarts#end] names it.
    public void enqueueHeld(int number) {
        scheduler.enqueue(new HeldTask(number));
    }

    public StockStarts starts() {
        return new StockStarts(pool);
    }

    /// In JobRunr's own bulk form.
    public void enqueueAll(int count) {
        scheduler.enqueue(IntStream.range(0, count).mapToObj(NumberedTask::new));
    }

    public void start(Duration poll) {
        var handler = new NumberedTaskHandler(number -> started.get().accept(number));
        var held = new HeldTaskHandler(starts());
        var stock = new BackgroundJobServer(
                store,
                json,
                new JobActivator() {
                    @Override
                    public <T> T activateJob(Class<T> type) {
                        return type.cast(type == HeldTaskHandler.class ? held : handler);
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
        pool.close();
        if (admin != null) {
            admin.dropDatabase();
        }
    }

    /// Makes and drops the database, from the one named on the command line.
    private record Admin(String jdbcUrl, String user, String password) {

        void dropDatabase() {
            execute("DROP DATABASE IF EXISTS " + DATABASE + " WITH (FORCE)");
        }

        void execute(String sql) {
            try (Connection connection = DriverManager.getConnection(jdbcUrl, user, password);
                    Statement statement = connection.createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw new IllegalStateException("PostgreSQL refused the bench a database of its own", e);
            }
        }
    }
}
