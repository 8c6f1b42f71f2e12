package dev.offpeak.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.offpeak.shared.testing.TestServers;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class WorkerRegistryIT {

    private static final Duration SHORT = Duration.ofMillis(600);
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration OFTEN = Duration.ofMillis(50);

    private final HikariDataSource pool = pool(TestServers.freshDatabase());
    private final JdbcClient jdbc = JdbcClient.create(pool);
    private final WorkerRegistry watcher = registry(OFTEN, SHORT);
    private final WorkerRegistry patient = registry(OFTEN, LONG);

    @AfterEach
    void close() {
        watcher.stop();
        patient.stop();
        pool.close();
    }

    @Test
    void judgesOnlyAfterItHasBeatenForLong() {
        assertThat(patient.mayStart()).isFalse();
        patient.start();

        assertThat(patient.mayStart()).isTrue();
        assertThat(patient.mayJudge()).isFalse();
        assertThat(patient.alive()).isOne();

        watcher.start();
        Waiting.until(watcher::mayJudge);
    }

    @Test
    void holdsAWorkerForDeadThatDoesNotBeat() {
        watcher.start();
        var silent = registry(LONG, SHORT);
        silent.start();
        assertThat(patient.alive()).isEqualTo(2);

        Waiting.until(() -> watcher.alive() == 1);

        Waiting.until(() -> !silent.mayStart());
        Waiting.until(watcher::mayStart);
        silent.stop();
    }

    @Test
    void holdsAWorkerForDeadThatSignedOff() {
        patient.start();
        var leaving = registry(OFTEN, LONG);
        leaving.start();
        assertThat(patient.alive()).isEqualTo(2);
        leaving.stop();

        assertThat(patient.alive()).isOne();
        assertThat(leaving.mayStart()).isFalse();
    }

    @Test
    void startsNothingNewWhileItsBeatsFail() {
        watcher.start();
        Waiting.until(watcher::mayJudge);

        jdbc.sql("ALTER TABLE worker RENAME TO hidden").update();
        Waiting.until(() -> !watcher.mayStart());
        assertThat(watcher.mayJudge()).isFalse();
        jdbc.sql("ALTER TABLE hidden RENAME TO worker").update();

        Waiting.until(watcher::mayStart);
        Waiting.until(watcher::mayJudge);
    }

    @Test
    void judgesNobodyAfterAGapInItsBeats() {
        var gappy = registry(SHORT.multipliedBy(2).dividedBy(3), SHORT); // every beat follows a gap
        gappy.start();
        for (int beat = 2; beat <= 4; beat++) {
            var last = beatAt(gappy);
            Waiting.until(() -> beatAt(gappy).isAfter(last));

            assertThat(gappy.mayJudge()).as("after beat %d", beat).isFalse();
        }
        gappy.stop();
    }

    private Instant beatAt(WorkerRegistry registry) {
        return jdbc.sql("SELECT beat_at FROM worker WHERE id = ?")
                .param(registry.id().value())
                .query((row, _) -> row.getTimestamp(1).toInstant())
                .single();
    }

    @Test
    void registersAgainWhereItsRowWasDeleted() {
        patient.start();
        jdbc.sql("DELETE FROM worker").update();

        Waiting.until(() -> patient.alive() == 1);
    }

    @Test
    void forgetsTheLongDead() {
        watcher.start();
        jdbc.sql("""
                        INSERT INTO worker (id, host, pid, version, started_at, beat_at)
                        SELECT gen_random_uuid(), 'old', 1, 'old', now() - interval '9 days', now() - interval '8 days'
                        """).update();

        watcher.forgetTheLongDead();

        assertThat(jdbc.sql("SELECT id FROM worker").query(UUID.class).single())
                .isEqualTo(watcher.id().value());
    }

    private WorkerRegistry registry(Duration every, Duration deadAfter) {
        return new WorkerRegistry(
                UUID.randomUUID(), new WorkerRegistry.Process("test", 1, "test"), jdbc, jdbc, every, deadAfter);
    }

    private static HikariDataSource pool(TestServers.Database database) {
        var pool = new HikariDataSource();
        pool.setJdbcUrl(database.jdbcUrl());
        pool.setUsername(database.username());
        pool.setPassword(database.password());
        pool.setMaximumPoolSize(3);
        return pool;
    }
}
