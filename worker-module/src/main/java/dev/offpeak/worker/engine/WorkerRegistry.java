package dev.offpeak.worker.engine;

import dev.offpeak.shared.core.WorkerId;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The workers that live, by the database's clock. This one's row is announced when the process starts, beaten from a
/// thread of its own, and marked when it stops in order.
public final class WorkerRegistry implements WorkerIdentity, SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(WorkerRegistry.class);

    /// Writes the row anew where somebody deleted it.
    private static final String BEAT = """
            INSERT INTO worker (id, host, pid, version) VALUES (:id, :host, :pid, :version)
            ON CONFLICT (id) DO UPDATE SET beat_at = clock_timestamp()
            """;

    private static final String LIVES = """
            stopped_at IS NULL AND beat_at >= clock_timestamp() - make_interval(secs => :deadAfter)
            """;

    /// The most that a beat takes which still arrives.
    private static final Duration BEAT_TAKES = Duration.ofSeconds(1);

    private final WorkerId id;
    private final Process process;
    private final JdbcClient beating;
    private final JdbcClient looking;
    private final Duration every;
    private final Duration deadAfter;
    private @Nullable ScheduledExecutorService timer;
    private @Nullable ScheduledFuture<?> beats;
    private volatile @Nullable Beats seen;

    /// @param beating on a connection for beats alone, which does not wait for long: neither handlers nor one lost
    ///     connection may keep this worker from beating
    /// @param looking for whatever may wait
    WorkerRegistry(
            UUID id, Process process, JdbcClient beating, JdbcClient looking, Duration every, Duration deadAfter) {
        this.id = new WorkerId(id);
        this.process = process;
        this.beating = beating;
        this.looking = looking;
        this.every = every;
        this.deadAfter = deadAfter;
    }

    @Override
    public WorkerId id() {
        return id;
    }

    @Override
    public boolean mayStart() {
        var beaten = seen;
        return beaten != null && System.nanoTime() - beaten.last() < deadAfter.toNanos();
    }

    /// How long ago the last beat was sent that the database took; null: none yet.
    @Nullable Duration sinceLastBeat() {
        var beaten = seen;
        return beaten == null ? null : Duration.ofNanos(System.nanoTime() - beaten.last());
    }

    /// Whether the beat that was due last has arrived: what this worker knows of the database without asking it again.
    boolean databaseAnswers() {
        var since = sinceLastBeat();
        return since != null && since.compareTo(every.multipliedBy(2).plus(BEAT_TAKES)) < 0;
    }

    @Override
    public boolean mayJudge() {
        var beaten = seen;
        return beaten != null && mayStart() && beaten.last() - beaten.first() >= deadAfter.toNanos();
    }

    @Override
    public Duration deadAfter() {
        return deadAfter;
    }

    /// How many workers live, this one among them.
    ///
    /// @throws DataAccessException where the database does not answer
    long alive() {
        return looking.sql("SELECT count(*) FROM worker WHERE " + LIVES)
                .param("deadAfter", seconds(deadAfter))
                .query(Long.class)
                .single();
    }

    /// Removes the rows of workers that ended more than a week ago, long after their jobs were taken back.
    void forgetTheLongDead() {
        looking.sql("DELETE FROM worker WHERE coalesce(stopped_at, beat_at) < clock_timestamp() - interval '7 days'")
                .update();
    }

    /// @throws DataAccessException where the first beat fails: a worker nobody knows of may not start
    @Override
    public synchronized void start() {
        beat();
        timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("offpeak-beat").factory());
        beats = timer.scheduleWithFixedDelay(this::beatOrLog, every.toNanos(), every.toNanos(), TimeUnit.NANOSECONDS);
        log.atInfo().addKeyValue("worker", id).log("This worker is registered");
    }

    private void beatOrLog() {
        try {
            beat();
        } catch (RuntimeException e) {
            log.atWarn()
                    .addKeyValue("worker", id)
                    .addKeyValue("mayStart", mayStart())
                    .setCause(e)
                    .log("Could not beat; without a beat for long this worker starts nothing new");
        }
    }

    private void beat() {
        long sent = System.nanoTime(); // before the statement: the row's beat is at least as young
        beating.sql(BEAT)
                .param("id", id.value())
                .param("host", process.host())
                .param("pid", process.pid())
                .param("version", process.version())
                .update();
        var before = seen;
        seen = before != null && sent - before.last() < deadAfter.toNanos() / 2
                ? new Beats(before.first(), sent)
                : new Beats(sent, sent);
    }

    @Override
    public synchronized void stop() {
        if (timer == null || beats == null) {
            return;
        }
        beats.cancel(false);
        timer.close(); // a beat under way must not follow the mark below
        timer = null;
        seen = null;
        try {
            beating.sql("UPDATE worker SET stopped_at = clock_timestamp() WHERE id = :id")
                    .param("id", id.value())
                    .update();
        } catch (DataAccessException e) {
            log.atWarn().addKeyValue("worker", id).setCause(e).log("Could not sign off; the others wait for its beat");
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return timer != null;
    }

    /// First to start, last to stop: whoever works must be alive.
    @Override
    public int getPhase() {
        return Integer.MIN_VALUE / 2;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    /// What operators see of a worker.
    record Process(String host, long pid, String version) {}

    /// The first and the last of a row of beats without a gap, by [System#nanoTime()].
    private record Beats(long first, long last) {}
}
