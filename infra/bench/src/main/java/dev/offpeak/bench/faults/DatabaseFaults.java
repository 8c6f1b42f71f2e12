package dev.offpeak.bench.faults;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// What befalls the database, and those who talk to it.
final class DatabaseFaults {

    private static final int BACKEND_KILLS = 6;
    private static final Duration EXHAUSTED = Duration.ofSeconds(15);
    private static final Duration LOCKED = Duration.ofSeconds(10);
    private static final Duration IDLE = Duration.ofSeconds(20);
    private static final Duration OLD_SNAPSHOT = Duration.ofSeconds(30);
    private static final int DEAD_ROWS = 200_000;

    /// Few enough that the disk is not busy with them for seconds on end.
    private static final int DEAD_ROWS_AT_ONCE = 10_000;

    private static final Duration A_WHILE = Duration.ofSeconds(30);

    private DatabaseFaults() {}

    static void restart(Stage stage, int seconds, Postgres.End how) throws Exception {
        stage.during("postgres down", null, () -> {
            stage.cluster().postgres().stop(how);
            stage.pause(Duration.ofSeconds(seconds));
            boolean gone = !stage.cluster().postgres().isAlive();
            stage.cluster().postgres().start();
            stage.evidence("PostgreSQL gone", gone ? 1 : 0, 1);
        });
    }

    /// All connections at once, those that listen included, again and again.
    static void backends(Stage stage) throws Exception {
        var listening = new AtomicInteger();
        for (int time = 0; time < BACKEND_KILLS; time++) {
            stage.during("backends killed", null, () -> {
                Postgres.Terminated terminated = stage.cluster().postgres().terminateBackends();
                stage.history().add("backends", Map.of("all", terminated.all(), "listening", terminated.listening()));
                stage.evidence("backends ended", terminated.all(), 1);
                listening.addAndGet(terminated.listening());
            });
            stage.pauseMillis(1000, 5000);
        }
        stage.evidence("listening backends ended", listening.get(), 1);
    }

    /// Strangers take every connection there is, and those of Offpeak as these are cut.
    static void exhaustion(Stage stage) throws Exception {
        stage.during("connections used up", null, () -> {
            Deque<Connection> taken = new ArrayDeque<>();
            boolean usedUp = false;
            try {
                long end = System.nanoTime() + EXHAUSTED.toNanos();
                while (System.nanoTime() < end) {
                    usedUp |= take(stage, taken);
                    stage.cluster().postgres().terminateBackends();
                    usedUp |= take(stage, taken);
                    stage.pause(Duration.ofMillis(500));
                }
            } finally {
                close(taken);
            }
            stage.evidence("connections taken", taken.size(), Postgres.MOST_CONNECTIONS / 2);
            stage.evidence("times that none was left", usedUp ? 1 : 0, 1);
        });
    }

    /// @return whether there are no more
    private static boolean take(Stage stage, Deque<Connection> taken) {
        try {
            while (taken.size() < Postgres.MOST_CONNECTIONS) {
                taken.push(stage.cluster().postgres().connectAsOffpeak());
            }
            return false;
        } catch (SQLException _) {
            return true; // just so
        }
    }

    private static void close(Deque<Connection> taken) {
        for (Connection connection : taken) {
            try {
                connection.close();
            } catch (SQLException _) {
                // the others are to be given back all the same
            }
        }
    }

    /// A migration or a careless operator.
    static void locked(Stage stage) throws Exception {
        stage.withoutHarm("job table locked", () -> {
            try (Connection connection = stage.cluster().postgres().connect()) {
                connection.setAutoCommit(false);
                execute(connection, "LOCK TABLE job IN ACCESS EXCLUSIVE MODE");
                stage.pause(LOCKED);
                stage.evidence("sessions that wait for the table", stage.known("""
                        SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'job'::regclass
                        """), 1);
                connection.rollback();
            }
        });
    }

    /// A session that locked rows of jobs under way, and went for lunch.
    static void idleInTransaction(Stage stage) throws Exception {
        stage.withoutHarm("idle in transaction", () -> {
            try (Connection connection = stage.cluster().postgres().connect()) {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
                long end = System.nanoTime() + A_WHILE.toNanos();
                long locked = lockJobs(connection);
                while (locked == 0 && System.nanoTime() < end) {
                    connection.rollback();
                    stage.pause(Duration.ofMillis(50));
                    locked = lockJobs(connection);
                }
                stage.evidence("jobs locked", locked, 1);
                stage.pause(IDLE);
                connection.rollback();
            }
        });
    }

    private static long lockJobs(Connection connection) throws SQLException {
        return number(connection, """
                SELECT count(*) FROM (SELECT id FROM job WHERE status IN ('queued', 'running')
                                       LIMIT 50 FOR UPDATE SKIP LOCKED) locked
                """);
    }

    /// Rows that are dead and cannot be cleaned away, because they ended after an old snapshot was taken.
    static void bloat(Stage stage) throws Exception {
        stage.withoutHarm("queue bloated", () -> {
            try (Connection old = stage.cluster().postgres().connect();
                    Connection writer = stage.cluster().postgres().connect()) {
                old.setAutoCommit(false);
                old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                execute(old, "SELECT count(*) FROM job");
                writer.setAutoCommit(false);
                long died = 0;
                long end = System.nanoTime() + 2 * A_WHILE.toNanos();
                while (died < DEAD_ROWS && System.nanoTime() < end) {
                    died += killRows(writer);
                    stage.pause(Duration.ofMillis(100));
                }
                stage.evidence("dead rows made", died, DEAD_ROWS);
                stage.pause(OLD_SNAPSHOT);
                stage.evidence("dead rows that PostgreSQL counts", stage.known("""
                        SELECT n_dead_tup FROM pg_stat_user_tables
                         WHERE schemaname = 'jobrunr' AND relname = 'jobrunr_jobs'
                        """), DEAD_ROWS / 2);
                old.rollback();
            }
        });
    }

    /// Made and deleted in one transaction, so that no worker sees them. Both commit, so the old snapshot holds them.
    ///
    /// @return how many; none while the table has no row to copy
    private static int killRows(Connection writer) throws SQLException {
        execute(writer, "SET LOCAL synchronous_commit = off");
        execute(writer, "CREATE TEMP TABLE made (id char(36)) ON COMMIT DROP");
        String columns = writtenColumns(writer);
        execute(writer, """
                WITH copied AS (
                    INSERT INTO jobrunr.jobrunr_jobs (%s)
                    SELECT %s
                      FROM (SELECT one.task, gen_random_uuid()::text AS fresh
                              FROM (SELECT task FROM jobrunr.jobrunr_jobs task LIMIT 1) one, generate_series(1, %d)) fresh_row,
                           jsonb_populate_record(fresh_row.task, jsonb_build_object('id', fresh_row.fresh, 'state', 'ENQUEUED')) twin
                    RETURNING id)
                INSERT INTO made SELECT id FROM copied
                """.formatted(columns, columns.replaceAll("(^|, )", "$1twin."), DEAD_ROWS_AT_ONCE));
        int died = execute(writer, "DELETE FROM jobrunr.jobrunr_jobs task USING made WHERE task.id = made.id");
        writer.commit();
        return died;
    }

    /// Others compute themselves.
    private static String writtenColumns(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("""
                        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                         WHERE attrelid = 'jobrunr.jobrunr_jobs'::regclass AND attnum > 0 AND NOT attisdropped
                           AND attgenerated = ''
                        """)) {
            row.next();
            return row.getString(1);
        }
    }

    /// While the workers are held, the tasks that wait become such as nobody knows: a kind and a version of the
    /// future, and a row that cannot be read. Their jobs must be woken all the same.
    static void unknownTasks(Stage stage) throws Exception {
        stage.withoutHarm("tasks made unknown", () -> {
            try {
                for (Member worker : stage.cluster().workers()) {
                    worker.signal("STOP");
                }
                stage.pause(Duration.ofSeconds(3));
                try (Connection connection = stage.cluster().postgres().connect()) {
                    int changed = execute(connection, """
                            UPDATE jobrunr.jobrunr_jobs
                               SET jobasjson = CASE abs(hashtext(id)) % 3
                                       WHEN 0 THEN replace(jobasjson::text, '"job"', '"from-the-future"')
                                       WHEN 1 THEN regexp_replace(jobasjson::text, '"schemaVersion" *: *1', '"schemaVersion":99')
                                       ELSE replace(jobasjson::text, 'RunJob', 'RunNobody') END
                             -- not those that a worker holds locked, which was stopped in the middle of fetching them
                             WHERE id IN (SELECT id FROM jobrunr.jobrunr_jobs WHERE state = 'ENQUEUED' FOR UPDATE SKIP LOCKED)
                            """);
                    stage.evidence("tasks made unknown", changed, 1);
                }
            } finally {
                ProcessFaults.goOn(stage.cluster().workers());
            }
        });
        stage.pause(Duration.ofSeconds(30)); // as long as due work may wait to be found
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static int execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
            return statement.getUpdateCount();
        }
    }
}
