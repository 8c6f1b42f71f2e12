package dev.offpeak.shared.queue;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.storage.StorageException;
import org.jobrunr.storage.StorageProviderUtils.DatabaseOptions;
import org.jobrunr.storage.navigation.AmountRequest;
import org.jobrunr.storage.sql.common.DatabaseCreator;
import org.jobrunr.storage.sql.common.JobTable;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/// JobRunr's PostgreSQL store whose new tasks join the caller's transaction and wake the workers once it has
/// committed.
///
/// JobRunr itself commits on a connection of its own, which leaves a task for work that was rolled back. Changes of
/// a task that exists stay on a connection of their own. The signal is sent from here and not from a job filter,
/// since the dashboard saves without filters.
public final class TxPostgresStorageProvider extends PostgresStorageProvider {

    private final WakeBus wakeBus;
    private final JdbcServers servers;
    private final UnreadableTasks unreadable;
    private final TaskFetch fetch;
    private final AtomicLong fetchStarts = new AtomicLong();

    /// @param dataSource the one that the callers' transactions use
    /// @throws RuntimeException where the tables are missing
    public TxPostgresStorageProvider(DataSource dataSource, WakeBus wakeBus) {
        super(dataSource, JobRunrSchema.TABLE_PREFIX, DatabaseOptions.SKIP_CREATE);
        this.wakeBus = wakeBus;
        this.servers = new JdbcServers(dataSource);
        var mapper = new JobMapper(TaskJson.mapper());
        setJobMapper(mapper);
        this.unreadable = new UnreadableTasks(dataSource, mapper);
        this.fetch = new TaskFetch(dataSource, mapper, unreadable, this::jobTable);
    }

    /// The stock method passes the class of this object, beside which there are no migrations.
    @Override
    protected DatabaseCreator getDatabaseCreator() { // called by super(): touch no field of ours
        return new DatabaseCreator(dataSource, tablePrefix, PostgresStorageProvider.class);
    }

    @Override
    public Job save(Job job) {
        return write(List.of(job), table -> table.save(job), () -> super.save(job));
    }

    @Override
    public List<Job> save(List<Job> jobs) {
        return write(jobs, table -> table.save(jobs), () -> super.save(jobs));
    }

    @Override
    public List<Job> getJobsToProcess(BackgroundJobServer server, AmountRequest amount) {
        fetchStarts.incrementAndGet();
        if (!(amount instanceof FreePlaces free)) {
            throw new IllegalArgumentException("A fetch says how many places are free in each pool");
        }
        return fetch.fetch(server, free);
    }

    /// Sets queued tasks aside that are broken such that no fetch asks for them.
    ///
    /// @param after what the last call returned; at first an empty text
    public String setAsideStrangers(String after) {
        return unreadable.setAsideStrangers(after);
    }

    @Override
    public List<Job> getJobList(StateName state, Instant updatedBefore, AmountRequest amount) {
        return unreadable.readingAround(state, () -> super.getJobList(state, updatedBefore, amount));
    }

    @Override
    public List<Job> getJobList(StateName state, AmountRequest amount) {
        return unreadable.readingAround(state, () -> super.getJobList(state, amount));
    }

    @Override
    public List<Job> getScheduledJobs(Instant scheduledBefore, AmountRequest amount) {
        return unreadable.readingAround(StateName.SCHEDULED, () -> super.getScheduledJobs(scheduledBefore, amount));
    }

    /// Every server asks for this every twenty seconds, by the clock of its process: one clock that is so much
    /// fast would remove all healthy servers at every turn. Here the database's clock decides.
    @Override
    public int removeTimedOutBackgroundJobServers(Instant heartbeatOlderThan) {
        return servers.removeTheDead();
    }

    /// How many fetches have begun, counted before their SELECT: one that began after a commit sees what was
    /// committed.
    public long fetchStarts() {
        return fetchStarts.get();
    }

    private <T> T write(List<Job> jobs, Write<T> joined, Supplier<T> autonomous) {
        boolean join = TransactionSynchronizationManager.isActualTransactionActive()
                && jobs.stream().allMatch(job -> job.getVersion() == 0);
        T saved = join ? inCallersTransaction(joined) : autonomous.get();
        if (jobs.stream().anyMatch(job -> job.hasState(StateName.ENQUEUED))) {
            if (join) {
                signalAfterCommit();
            } else {
                wakeBus.signal();
            }
        }
        return saved;
    }

    private void signalAfterCommit() {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                wakeBus.signal();
            }
        });
    }

    private <T> T inCallersTransaction(Write<T> write) {
        if (!TransactionSynchronizationManager.hasResource(dataSource)
                || TransactionSynchronizationManager.isCurrentTransactionReadOnly()) {
            throw new IllegalStateException("Enqueue needs a read-write transaction on the DataSource of the tasks");
        }
        var connection = DataSourceUtils.getConnection(dataSource);
        try {
            var beforeTheTask = connection.setSavepoint();
            try {
                T saved = write.on(jobTable(connection));
                connection.releaseSavepoint(beforeTheTask);
                return saved;
            } catch (RuntimeException | SQLException e) {
                connection.rollback(beforeTheTask); // a duplicate must not poison the caller's transaction
                throw e;
            }
        } catch (SQLException e) {
            throw new StorageException(e);
        } finally {
            DataSourceUtils.releaseConnection(connection, dataSource);
        }
    }

    @FunctionalInterface
    private interface Write<T> {
        T on(JobTable table) throws SQLException;
    }
}
