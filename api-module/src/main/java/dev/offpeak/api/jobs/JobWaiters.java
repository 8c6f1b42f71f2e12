package dev.offpeak.api.jobs;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.Sleeper;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.jobs.JobEndedBus;
import dev.offpeak.shared.jobs.JobStore;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// Holds requests until their jobs have ended. A notification of the database ends the wait within milliseconds; one
/// query for all who wait finds four times a second what a notification missed.
@Component
class JobWaiters implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(JobWaiters.class);
    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    private static final Duration RECONNECT_AFTER = Duration.ofSeconds(1);
    private static final int LISTEN_MILLIS = 500;

    /// One tenant's held requests on one node; a request beyond that is answered at once.
    private static final int MOST_PER_TENANT = 200;

    private final JobStore jobs;
    private final DataSource database;
    private final Sleeper sleeper;
    private final Map<JobId, Wait> waits = new ConcurrentHashMap<>();
    private final Map<TenantId, Semaphore> places = new ConcurrentHashMap<>();
    private volatile @Nullable Thread looking;
    private volatile @Nullable Thread listening;
    private volatile boolean running;

    /// @param holders how many requests wait for this job
    private record Wait(CompletableFuture<Boolean> ended, int holders) {
        Wait with(int more) {
            return new Wait(ended, holders + more);
        }
    }

    JobWaiters(JobStore jobs, DataSource database, Sleeper sleeper) {
        this.jobs = jobs;
        this.database = database;
        this.sleeper = sleeper;
    }

    /// Returns when the job has ended, the time is over, or the tenant holds too many requests already.
    ///
    /// @return whether the wait was granted
    boolean await(TenantId tenant, JobId job, Duration atMost) {
        var place = places.computeIfAbsent(tenant, _ -> new Semaphore(MOST_PER_TENANT));
        if (!running || !place.tryAcquire()) {
            return false;
        }
        try {
            hold(job, atMost);
            return true;
        } finally {
            place.release();
        }
    }

    private void hold(JobId job, Duration atMost) {
        var wait = waits.compute(
                job, (_, others) -> others == null ? new Wait(new CompletableFuture<>(), 1) : others.with(1));
        try {
            if (jobs.ended(List.of(job)).isEmpty()) { // it may have ended before we were listening for it
                wait.ended().get(atMost.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (TimeoutException _) {
            // Then the client is told how far the job is.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("nobody completes a wait with a failure", e);
        } finally {
            waits.computeIfPresent(job, (_, left) -> left.holders() == 1 ? null : left.with(-1));
        }
    }

    @Override
    public void start() {
        running = true;
        looking = Thread.ofVirtual().name("job-waiters-look").start(this::look);
        listening = Thread.ofVirtual().name("job-waiters-listen").start(this::listen);
    }

    /// Lets all held requests go before the server stops taking them.
    @Override
    public void stop() {
        running = false;
        waits.values().forEach(wait -> wait.ended().complete(false));
        end(looking);
        end(listening); // before the pool closes, which would complain about the connection
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    private static void end(@Nullable Thread thread) {
        try {
            if (thread != null) {
                thread.join(RECONNECT_AFTER.plusMillis(LISTEN_MILLIS));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        while (running) {
            try {
                sleeper.sleep(LOOK_EVERY);
                if (!waits.isEmpty()) {
                    jobs.ended(List.copyOf(waits.keySet())).keySet().forEach(this::release);
                }
            } catch (RuntimeException e) {
                LOG.atDebug().setCause(e).log("Could not look for ended jobs; looking again");
            } catch (InterruptedException _) {
                return;
            }
        }
    }

    private void listen() {
        while (running) {
            try {
                hear();
            } catch (SQLException | RuntimeException e) {
                if (running) {
                    LOG.atWarn()
                            .addKeyValue("reason", e.getMessage())
                            .log(
                                    "Lost the connection that tells of ended jobs; held requests wait up to 250 ms longer");
                }
            }
            try {
                sleeper.sleep(RECONNECT_AFTER);
            } catch (InterruptedException _) {
                return;
            }
        }
    }

    private void hear() throws SQLException {
        try (var connection = database.getConnection()) {
            try (var statement = connection.createStatement()) {
                statement.execute("LISTEN " + JobEndedBus.CHANNEL);
            }
            var notifications = connection.unwrap(PGConnection.class);
            while (running) {
                for (var notification : notifications.getNotifications(LISTEN_MILLIS)) {
                    Arrays.stream(notification.getParameter().split(",", -1))
                            .map(id -> new JobId(UUID.fromString(id)))
                            .forEach(this::release);
                }
            }
        }
    }

    private void release(JobId job) {
        var wait = waits.get(job);
        if (wait != null) {
            wait.ended().complete(true);
        }
    }
}
