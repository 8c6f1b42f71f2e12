package dev.offpeak.bench.faults;

import dev.offpeak.bench.Waiting;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Where a scenario plays: the running cluster under load, and chance from the run's seed.
///
/// @param conduct of batches that are created while it plays
/// @param random of this scenario's own, so that leaving one out changes no other
record Stage(Cluster cluster, History history, BatchConduct conduct, Random random, Plan plan) {

    private static final AtomicInteger FAULTS = new AtomicInteger();

    /// Something that is done for a while.
    @FunctionalInterface
    interface Body {
        void run() throws Exception;
    }

    void pause(Duration length) {
        Waiting.untilNanos(System.nanoTime() + length.toNanos());
    }

    void pauseMillis(int least, int beyond) {
        pause(Duration.ofMillis(random.nextInt(least, beyond)));
    }

    /// The history then knows from when to when the fault lasted. Calls that were under way may be made again.
    ///
    /// @param victim null: all
    void during(String name, @Nullable Member victim, Body body) throws Exception {
        during(name, victim, true, body);
    }

    /// What may hold jobs up, but is no reason to make a call again.
    void withoutHarm(String name, Body body) throws Exception {
        during(name, null, false, body);
    }

    private void during(String name, @Nullable Member victim, boolean breaksCalls, Body body) throws Exception {
        String number = Integer.toString(FAULTS.incrementAndGet());
        String pid = victim == null ? "" : Long.toString(victim.pid());
        history.add("begin", Map.of("fault", number, "name", name, "pid", pid, "breaks", breaksCalls));
        try {
            body.run();
        } finally {
            history.add("end", Map.of("fault", number, "name", name));
        }
    }

    /// Shows that what a scenario does has happened: a fault that nobody felt proves nothing.
    ///
    /// @throws IllegalStateException where it is less than that
    void evidence(String what, long number, long least) {
        history.add("evidence", Map.of("of", what, "number", number, "least", least));
        if (number < least) {
            throw new IllegalStateException(what + ": " + number + ", at least " + least + " are needed");
        }
    }

    /// Starts whoever is not there, and waits until all are ready.
    void restore() {
        cluster.members().forEach(member -> member.start(Map.of()));
        for (Member member : cluster.members()) {
            if (!member.awaitReady()) {
                throw new IllegalStateException(member.name() + " does not get ready again: see " + cluster.logs());
            }
        }
    }

    /// Waits until no more jobs wait or run than come in two seconds, those apart that may wait for a provider batch.
    ///
    /// @return whether that came true in time
    boolean settle(Duration atMost) {
        return Waiting.until(
                () -> count("SELECT count(*) FROM job WHERE finished_at IS NULL AND NOT may_wait") <= 2L * plan.rate(),
                atMost,
                Duration.ofMillis(500));
    }

    /// Waits until nothing is left to be done.
    boolean drain(Duration atMost) {
        return Waiting.until(() -> count("""
                                SELECT (SELECT count(*) FROM job WHERE finished_at IS NULL)
                                     + (SELECT count(*) FROM batch WHERE finished_at IS NULL)
                                     + (SELECT count(*) FROM provider_batch WHERE finished_at IS NULL)
                                     + (SELECT count(*) FROM provider_batch_twin WHERE ended_at IS NULL)
                                     + (SELECT count(*) FROM call WHERE status = 'in_flight')
                                     + (SELECT count(*) FROM webhook_delivery WHERE status = 'pending')
                                     + (SELECT count(*) FROM cost_watch)
                                """) == 0, atMost, Duration.ofMillis(500));
    }

    /// @return the first cell of the first row; empty where there is none, or the database is away
    String text(String sql) {
        try (var connection = cluster.postgres().connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            return row.next() ? Objects.requireNonNullElse(row.getString(1), "") : "";
        } catch (SQLException _) {
            return "";
        }
    }

    /// @return nothing while the database is away
    long known(String sql) {
        long count = count(sql);
        return count == Long.MAX_VALUE ? 0 : count;
    }

    private long count(String sql) {
        try (var connection = cluster.postgres().connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException _) {
            return Long.MAX_VALUE; // it is away
        }
    }
}
