package dev.offpeak.bench.faults;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/// What befalls the database, and those who talk to it.
final class DatabaseFaults {

    private static final int BACKEND_KILLS = 6;
    private static final Duration EXHAUSTED = Duration.ofSeconds(15);
    private static final Duration LOCKED = Duration.ofSeconds(10);
    private static final Duration IDLE = Duration.ofSeconds(20);
    private static final Duration OLD_SNAPSHOT = Duration.ofSeconds(30);

    private DatabaseFaults() {}

    static void restart(Stage stage, int seconds, Postgres.End how) throws Exception {
        stage.during("postgres down", null, () -> {
            stage.cluster().postgres().stop(how);
            stage.pause(Duration.ofSeconds(seconds));
            stage.cluster().postgres().start();
        });
    }

    /// All connections at once, those that listen included, again and again.
    static void backends(Stage stage) throws Exception {
        for (int time = 0; time < BACKEND_KILLS; time++) {
            stage.during(
                    "backends killed", null, () -> stage.cluster().postgres().terminateBackends());
            stage.pauseMillis(1000, 5000);
        }
    }

    /// Strangers take every connection there is, and those of Offpeak as these are cut.
    static void exhaustion(Stage stage) throws Exception {
        stage.during("connections used up", null, () -> {
            Deque<Connection> taken = new ArrayDeque<>();
            try {
                long end = System.nanoTime() + EXHAUSTED.toNanos();
                while (System.nanoTime() < end) {
                    take(stage, taken);
                    stage.cluster().postgres().terminateBackends();
                    take(stage, taken);
                    stage.pause(Duration.ofMillis(500));
                }
            } finally {
                for (Connection connection : taken) {
                    connection.close();
                }
            }
        });
    }

    private static void take(Stage stage, Deque<Connection> taken) {
        try {
            while (taken.size() < Postgres.MOST_CONNECTIONS) {
                taken.push(stage.cluster().postgres().connectAsOffpeak());
            }
        } catch (SQLException _) {
            // there are no more: just so
        }
    }

    /// A migration or a careless operator.
    static void locked(Stage stage) throws Exception {
        stage.during("job table locked", null, () -> {
            try (Connection connection = stage.cluster().postgres().connect()) {
                connection.setAutoCommit(false);
                execute(connection, "LOCK TABLE job IN ACCESS EXCLUSIVE MODE");
                stage.pause(LOCKED);
                connection.rollback();
            }
        });
    }

    /// A session that locked rows of jobs under way, and went for lunch.
    static void idleInTransaction(Stage stage) throws Exception {
        stage.during("idle in transaction", null, () -> {
            try (Connection connection = stage.cluster().postgres().connect()) {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
                execute(connection, """
                        SELECT id FROM job WHERE status IN ('queued', 'running') LIMIT 50 FOR UPDATE SKIP LOCKED
                        """);
                stage.pause(IDLE);
                connection.rollback();
            }
        });
    }

    /// Rows that are dead and cannot be cleaned away, because an old snapshot might still see them.
    static void bloat(Stage stage) throws Exception {
        stage.during("queue bloated", null, () -> {
            try (Connection old = stage.cluster().postgres().connect();
                    Connection writer = stage.cluster().postgres().connect()) {
                old.setAutoCommit(false);
                old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                execute(old, "SELECT count(*) FROM job");
                writer.setAutoCommit(false);
                execute(writer, """
                        INSERT INTO jobrunr.jobrunr_jobs
                        SELECT (jsonb_populate_record(one.task, jsonb_build_object('id', gen_random_uuid(), 'state', 'ENQUEUED'))).*
                          FROM (SELECT task FROM jobrunr.jobrunr_jobs task LIMIT 1) one, generate_series(1, 200000)
                        """);
                writer.rollback(); // dead at once, seen by nobody
                stage.pause(OLD_SNAPSHOT);
                old.rollback();
            }
        });
    }

    /// While the workers are held, the tasks that wait become such as nobody knows: a kind and a version of the
    /// future, and a row that cannot be read. Their jobs must be woken all the same.
    static void unknownTasks(Stage stage) throws Exception {
        stage.during("tasks made unknown", null, () -> {
            for (Member worker : stage.cluster().workers()) {
                worker.signal("STOP");
            }
            try {
                stage.pause(Duration.ofSeconds(3));
                try (Connection connection = stage.cluster().postgres().connect()) {
                    int changed = execute(connection, """
                            UPDATE jobrunr.jobrunr_jobs
                               SET jobasjson = CASE abs(hashtext(id)) % 3
                                       WHEN 0 THEN replace(jobasjson::text, '"job"', '"from-the-future"')
                                       WHEN 1 THEN regexp_replace(jobasjson::text, '"schemaVersion" *: *1', '"schemaVersion":99')
                                       ELSE replace(jobasjson::text, 'RunJob', 'RunNobody') END
                             WHERE state = 'ENQUEUED'
                            """);
                    stage.history().add("tasks made unknown", Map.of("count", changed));
                }
            } finally {
                for (Member worker : stage.cluster().workers()) {
                    worker.signal("CONT");
                }
            }
        });
        stage.pause(Duration.ofSeconds(30)); // as long as due work may wait to be found
    }

    private static int execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
            return statement.getUpdateCount();
        }
    }
}
