package dev.offpeak.bench.faults;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is done to the cluster, by name.
record Scenario(String wire, Play play) {

    static final String FAILPOINTS = "failpoints";
    static final String STOPPED_IN_CREATE = "stopped-in-create";
    static final String TWO_REAPERS = "two-reapers";
    private static final String CLOCKS = "clocks";

    private static final List<Scenario> ALL = List.of(
            new Scenario("kill-storm", ProcessFaults::killStorm),
            new Scenario("stopped", ProcessFaults::stopped),
            new Scenario(FAILPOINTS, ProcessFaults::failpoints),
            new Scenario("postgres-5s", stage -> DatabaseFaults.restart(stage, 5, Postgres.End.FAST)),
            new Scenario("postgres-15s", stage -> DatabaseFaults.restart(stage, 15, Postgres.End.IMMEDIATE)),
            new Scenario("postgres-60s", stage -> DatabaseFaults.restart(stage, 60, Postgres.End.FAST)),
            new Scenario("backend-kills", DatabaseFaults::backends),
            new Scenario("pool-exhaustion", DatabaseFaults::exhaustion),
            new Scenario("table-locked", DatabaseFaults::locked),
            new Scenario("idle-in-transaction", DatabaseFaults::idleInTransaction),
            new Scenario("queue-bloat", DatabaseFaults::bloat),
            new Scenario("unknown-tasks", DatabaseFaults::unknownTasks),
            new Scenario("redis-away", ProcessFaults::redisAway),
            new Scenario("create-lost", BatchFaults::createLost),
            new Scenario(STOPPED_IN_CREATE, BatchFaults::stoppedInCreate),
            new Scenario(CLOCKS, ProcessFaults::clocks),
            new Scenario(TWO_REAPERS, ProcessFaults::twoReapers));

    /// Plays it to its end.
    @FunctionalInterface
    interface Play {
        void on(Stage stage) throws Exception;
    }

    static List<String> names() {
        return ALL.stream().map(Scenario::wire).toList();
    }

    static Scenario named(String wire) {
        return ALL.stream()
                .filter(scenario -> scenario.wire.equals(wire))
                .findFirst()
                .orElseThrow();
    }

    void on(Stage stage) throws Exception {
        play.on(stage);
    }

    /// @return why it cannot play on this machine; null: it can
    @Nullable String impossible() {
        return wire.equals(CLOCKS) && !Program.works(List.of("cc", "--version"))
                ? "there is no C compiler (cc) to build the wrong clock with"
                : null;
    }
}
