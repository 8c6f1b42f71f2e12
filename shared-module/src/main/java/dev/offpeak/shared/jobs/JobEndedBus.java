package dev.offpeak.shared.jobs;

import static java.util.stream.Collectors.joining;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.queue.Debouncer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/// Tells API nodes which jobs have ended, so that a held request is answered at once. A hint: who waits also looks for
/// himself.
///
/// Sent on a connection of its own and for many jobs at once, because a transaction that carries a NOTIFY takes a lock
/// on the
/// whole database when it commits.
public final class JobEndedBus implements AutoCloseable {

    /// The channel; the payload is a list of job UUIDs, separated by commas.
    public static final String CHANNEL = "offpeak_job_done";

    private static final Logger log = LoggerFactory.getLogger(JobEndedBus.class);

    /// A payload may hold 8,000 bytes.
    private static final int MOST_IDS = 200;

    private final DataSource dataSource;
    private final ConcurrentLinkedQueue<JobId> ended = new ConcurrentLinkedQueue<>();
    private final Debouncer debouncer = new Debouncer("offpeak-job-ended-sender", Duration.ofMillis(5), this::send);

    public JobEndedBus(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    void endedAfterCommit(JobId job) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                ended.add(job);
                debouncer.call();
            }
        });
    }

    private void send() {
        while (!ended.isEmpty()) {
            notifyOf(next());
        }
    }

    private List<JobId> next() {
        var ids = new ArrayList<JobId>();
        for (JobId id = ended.poll(); id != null; id = ids.size() < MOST_IDS ? ended.poll() : null) {
            ids.add(id);
        }
        return ids;
    }

    private void notifyOf(List<JobId> jobs) {
        try (var connection = dataSource.getConnection();
                var statement = connection.prepareStatement("SELECT pg_notify('" + CHANNEL + "', ?)")) {
            statement.setString(
                    1, jobs.stream().map(job -> job.value().toString()).collect(joining(",")));
            statement.execute();
        } catch (SQLException e) {
            log.atWarn().setCause(e).log("Could not tell who waits that jobs have ended; they find out by looking");
        }
    }

    @Override
    public void close() {
        debouncer.close();
    }
}
