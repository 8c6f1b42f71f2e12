package dev.offpeak.bench.stock;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;

/// Which task started when and in which process, in tables beside stock JobRunr's own, on the database's clock.
public final class StockStarts {

    private static final String TABLES = """
            CREATE TABLE task_start (number int NOT NULL, pid bigint NOT NULL,
                                     at timestamptz NOT NULL DEFAULT clock_timestamp());
            CREATE TABLE ready_server (pid bigint PRIMARY KEY);
            CREATE TABLE over (number int NOT NULL);
            INSERT INTO over VALUES (-1)
            """;

    private static final String HELD = """
            SELECT number FROM (SELECT DISTINCT ON (number) number, pid FROM task_start ORDER BY number, at DESC) newest
             WHERE pid = ? AND number > (SELECT number FROM over)
            """;

    private static final String STARTED_ELSEWHERE = """
            SELECT number, min(at) FROM task_start WHERE number = ANY(?) AND pid <> ? AND at > ? GROUP BY number
            """;

    private final DataSource database;

    StockStarts(DataSource database) {
        this.database = database;
    }

    public void createTables() {
        update(TABLES);
    }

    /// Says that the server in that process takes tasks.
    public void ready(long pid) {
        update("INSERT INTO ready_server VALUES (?)", pid);
    }

    public boolean isReady(long pid) {
        return numbers("SELECT 1 FROM ready_server WHERE pid = ?", pid).contains(1);
    }

    void started(int number, long pid) {
        update("INSERT INTO task_start (number, pid) VALUES (?, ?)", number, pid);
    }

    boolean isOver(int number) {
        return numbers("SELECT 1 FROM over WHERE number >= ?", number).contains(1);
    }

    /// Ends every task up to that number.
    public void end(int number) {
        update("UPDATE over SET number = ?", number);
    }

    /// The tasks that are not over and whose newest start was in that process.
    public Set<Integer> heldBy(long pid) {
        return numbers(HELD, pid);
    }

    public Instant now() {
        return ask("SELECT clock_timestamp()", rows -> {
            rows.next();
            return rows.getTimestamp(1).toInstant();
        });
    }

    /// When those tasks first started in another process after a moment.
    public Map<Integer, Instant> startedElsewhere(Collection<Integer> tasks, long pid, Instant after) {
        return ask(
                STARTED_ELSEWHERE,
                rows -> {
                    var starts = new HashMap<Integer, Instant>();
                    while (rows.next()) {
                        starts.put(rows.getInt(1), rows.getTimestamp(2).toInstant());
                    }
                    return starts;
                },
                tasks.toArray(Integer[]::new),
                pid,
                Timestamp.from(after));
    }

    private Set<Integer> numbers(String sql, Object... values) {
        return ask(
                sql,
                rows -> {
                    var found = new HashSet<Integer>();
                    while (rows.next()) {
                        found.add(rows.getInt(1));
                    }
                    return found;
                },
                values);
    }

    private interface Reading<T> {
        T of(ResultSet rows) throws SQLException;
    }

    private <T> T ask(String sql, Reading<T> reading, Object... values) {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = prepared(connection, sql, values);
                ResultSet rows = statement.executeQuery()) {
            return reading.of(rows);
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL did not tell what stock JobRunr started", e);
        }
    }

    private void update(String sql, Object... values) {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = prepared(connection, sql, values)) {
            statement.execute();
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL did not take what stock JobRunr started", e);
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql, Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            for (int i = 0; i < values.length; i++) {
                if (values[i] instanceof Integer[] numbers) {
                    statement.setArray(i + 1, connection.createArrayOf("int", numbers));
                } else {
                    statement.setObject(i + 1, values[i]);
                }
            }
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }
}
