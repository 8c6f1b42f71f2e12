package dev.offpeak.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.offpeak.shared.testing.TestServers;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class WorkerRegistryIT {

    private static final Duration DEAD_AFTER = Duration.ofMillis(600);

    private final HikariDataSource pool = pool(TestServers.freshDatabase());
    private final JdbcClient jdbc = JdbcClient.create(pool);
    private final WorkerRegistry watcher = registry(Duration.ofMillis(50));

    @AfterEach
    void close() {
        watcher.stop();
        pool.close();
    }

    @Test
    void judgesOnlyAfterItHasBeatenForLong() {
        assertThat(watcher.mayStart()).isFalse();
        watcher.start();

        assertThat(watcher.mayStart()).isTrue();
        assertThat(watcher.mayJudge()).isFalse();
        Waiting.until(watcher::mayJudge);
        assertThat(watcher.alive()).isOne();
        assertThat(watcher.dead()).isEmpty();
    }

    @Test
    void holdsAWorkerForDeadThatDoesNotBeat() {
        watcher.start();
        var silent = registry(Duration.ofHours(1));
        silent.start();
        assertThat(watcher.alive()).isEqualTo(2);

        Waiting.until(() -> watcher.dead().contains(silent.id()));

        assertThat(silent.mayStart()).isFalse();
        assertThat(watcher.dead()).doesNotContain(watcher.id());
        silent.stop();
    }

    @Test
    void holdsAWorkerForDeadThatSignedOff() {
        watcher.start();
        var leaving = registry(Duration.ofMillis(50));
        leaving.start();
        leaving.stop();

        assertThat(watcher.dead()).containsExactly(leaving.id());
        assertThat(leaving.mayStart()).isFalse();
    }

    @Test
    void startsNothingNewWhileItsBeatsFailAndJudgesNobodyRightAfter() {
        watcher.start();
        Waiting.until(watcher::mayJudge);

        jdbc.sql("ALTER TABLE worker RENAME TO hidden").update();
        Waiting.until(() -> !watcher.mayStart());
        jdbc.sql("ALTER TABLE hidden RENAME TO worker").update();

        Waiting.until(watcher::mayStart);
        assertThat(watcher.mayJudge()).isFalse();
        Waiting.until(watcher::mayJudge);
    }

    @Test
    void registersAgainWhereItsRowWasDeleted() {
        watcher.start();
        jdbc.sql("DELETE FROM worker").update();

        Waiting.until(() -> watcher.alive() == 1);
    }

    @Test
    void forgetsTheLongDead() {
        watcher.start();
        jdbc.sql("""
                        INSERT INTO worker (id, host, pid, version, started_at, beat_at)
                        SELECT gen_random_uuid(), 'old', 1, 'old', now() - interval '9 days', now() - interval '8 days'
                        """).update();

        watcher.forgetTheLongDead();

        assertThat(watcher.dead()).isEmpty();
        assertThat(watcher.alive()).isOne();
    }

    private WorkerRegistry registry(Duration every) {
        return new WorkerRegistry(
                UUID.randomUUID(), new WorkerRegistry.Process("test", 1, "test"), jdbc, jdbc, every, DEAD_AFTER);
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
