package dev.offpeak.worker.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.shared.testing.TestServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class MaintenanceLoopIT {

    private static final MaintenanceSettings FAST = new MaintenanceSettings(
            Duration.ofMillis(5), Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofSeconds(5));

    private final HikariDataSource pool = pool(TestServers.freshDatabase());
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Backlog backlog = new Backlog();

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void wakesUntilNothingIsLeft() {
        backlog.due.set(1_234);
        backlog.forgotten.set(777);
        var loop = loop(registry, List.of(), List.of());
        loop.start();

        await().until(() -> backlog.due.get() == 0 && backlog.forgotten.get() == 0);
        loop.stop();

        assertThat(Metric.REWAKES.counter(registry, "backlog").count()).isEqualTo(777);
        assertThat(loop.isRunning()).isFalse();
    }

    @Test
    void goesOnAfterAnError() {
        backlog.errors.set(3);
        backlog.due.set(1);
        var loop = loop(registry, List.of(), List.of());
        loop.start();

        await().until(() -> backlog.due.get() == 0);
        loop.stop();
        assertThat(backlog.errors).hasNonPositiveValue();
    }

    @Test
    void letsOneWorkerTidyAndAnotherWhenThatOneStops() {
        var first = new AtomicInteger();
        var second = new AtomicInteger();
        var one = loop(registry, List.of(chore(first)), List.of());
        var other = loop(registry, List.of(chore(second)), List.of());
        one.start();
        await().until(() -> first.get() > 0);
        other.start();
        int then = first.get();
        await().until(() -> first.get() > then + 5);
        assertThat(second).hasValue(0);

        one.stop();

        await().until(() -> second.get() > 0);
        other.stop();
    }

    @Test
    void losesTheLeadWhoAsksNothingForSeconds() {
        var stopped = new Leadership(pool); // as by SIGSTOP: its session stays, it says nothing
        var other = new Leadership(pool);
        assertThat(stopped.held()).isTrue();
        assertThat(other.held()).isFalse();

        await().until(other::held);

        assertThat(stopped.held()).isFalse();
        other.close();
        stopped.close();
    }

    @Test
    void givesItsSessionBackAsTheOperatorSetItUp() {
        try (var one = pool(TestServers.freshDatabase())) {
            one.setMaximumPoolSize(1);
            one.addDataSourceProperty("options", "-c idle_session_timeout=77s");
            var leadership = new Leadership(one);
            assertThat(leadership.held()).isTrue();

            leadership.close();

            assertThat(JdbcClient.create(one)
                            .sql("SHOW idle_session_timeout")
                            .query(String.class)
                            .single())
                    .isEqualTo("77s");
        }
    }

    @Test
    void tidiesSoonHoweverRareTheChoreIs() {
        var runs = new AtomicInteger();
        var leadership = new Leadership(pool);
        var turns = new ChoreTurns(Housekeeping.of("rare", Duration.ofHours(6), runs::incrementAndGet), leadership);

        turns.run();
        turns.run();
        assertThat(runs).hasValue(1);
        assertThat(turns.look()).isLessThanOrEqualTo(Duration.ofSeconds(5));

        var elsewhere = new Leadership(pool);
        leadership.close();
        assertThat(elsewhere.held()).isTrue();
        turns.run();
        elsewhere.close();
        turns.run();
        assertThat(runs)
                .as("a leader anew does not know what was done meanwhile")
                .hasValue(2);
        leadership.close();
    }

    @Test
    void showsTheOtherGaugesWhereOneFails() {
        var broken = ClusterGauge.of(Metric.WORKERS_ALIVE, () -> {
            throw new IllegalStateException("as the test wants it");
        });
        var board = new GaugeBoard(
                registry,
                List.of(
                        broken,
                        ClusterGauge.of(Metric.QUEUE_DEPTH, () -> Map.of(List.of("interactive", "enqueued"), 7))));

        assertThatThrownBy(board::refresh).hasMessageContaining("as the test wants it");

        assertThat(shown(registry)).isEqualTo(7);
    }

    @Test
    void tidiesAgainAfterItsConnectionWasKilled() {
        var runs = new AtomicInteger();
        var loop = loop(registry, List.of(chore(runs)), List.of());
        loop.start();
        await().until(() -> runs.get() > 0);

        JdbcClient.create(pool).sql("""
                        SELECT pg_terminate_backend(pid) FROM pg_locks
                         WHERE locktype = 'advisory'
                           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                        """).query().listOfRows();

        int then = runs.get();
        await().until(() -> runs.get() > then);
        loop.stop();
    }

    @Test
    void exportsTheGaugesOfTheClusterFromOneWorker() {
        var depth = new AtomicInteger(7);
        var gauge = ClusterGauge.of(Metric.QUEUE_DEPTH, () -> Map.of(List.of("interactive", "enqueued"), depth.get()));
        var elsewhere = new SimpleMeterRegistry();
        var one = loop(registry, List.of(), List.of(gauge));
        var other = loop(elsewhere, List.of(), List.of(gauge));
        one.start();
        await().until(() -> shown(registry) == 7);
        other.start();
        depth.set(8);
        await().until(() -> shown(registry) == 8);
        assertThat(elsewhere.getMeters()).isEmpty();

        one.stop();

        assertThat(registry.find(Metric.QUEUE_DEPTH.id()).gauge()).isNull();
        await().until(() -> shown(elsewhere) == 8);
        other.stop();
    }

    private static double shown(SimpleMeterRegistry registry) {
        var gauge =
                registry.find(Metric.QUEUE_DEPTH.id()).tag("state", "enqueued").gauge();
        return gauge == null ? -1 : gauge.value();
    }

    private static Housekeeping chore(AtomicInteger runs) {
        return Housekeeping.of("test", Duration.ofMillis(10), runs::incrementAndGet);
    }

    private MaintenanceLoop loop(SimpleMeterRegistry registry, List<Housekeeping> chores, List<ClusterGauge> gauges) {
        return new MaintenanceLoop(
                FAST, List.of(backlog), chores, new Leadership(pool), new GaugeBoard(registry, gauges), registry);
    }

    private static HikariDataSource pool(TestServers.Database database) {
        var pool = new HikariDataSource();
        pool.setJdbcUrl(database.jdbcUrl());
        pool.setUsername(database.username());
        pool.setPassword(database.password());
        pool.setMaximumPoolSize(5);
        return pool;
    }

    /// Due work that is a number, and that fails as often as it is told.
    private static final class Backlog implements DueWork {

        private final AtomicInteger due = new AtomicInteger();
        private final AtomicInteger forgotten = new AtomicInteger();
        private final AtomicInteger errors = new AtomicInteger();

        @Override
        public String name() {
            return "backlog";
        }

        @Override
        public int wakeDue(int limit) {
            if (errors.getAndDecrement() > 0) {
                throw new IllegalStateException("as the test wants it");
            }
            return take(due, limit);
        }

        @Override
        public int wakeForgotten(int limit) {
            return take(forgotten, limit);
        }

        private static int take(AtomicInteger from, int limit) {
            int taken = Math.min(limit, from.get());
            from.addAndGet(-taken);
            return taken;
        }
    }
}
