package dev.offpeak.bench;

import dev.offpeak.bench.WorkerPair.Hold;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// What a worker of Offpeak holds and when its jobs were called for elsewhere, from Offpeak's own rows: the API tells
/// nobody which worker has a job.
final class JdbcHeldJobs implements AutoCloseable {

    /// A task that JobRunr gave to a worker names the worker in its JSON; the job has no claim yet.
    private static final String HELD = """
            SELECT j.id, CASE WHEN EXISTS (SELECT FROM call c WHERE c.job_id = j.id AND c.worker_id = w.id)
                              THEN 'RUNNING' ELSE 'CLAIMED' END AS hold
              FROM worker w JOIN job j ON j.worker_id = w.id
             WHERE w.pid = ? AND j.status = 'running'
            UNION ALL
            SELECT j.id, 'FETCHED'
              FROM worker w
              JOIN jobrunr.jobrunr_jobs t ON t.state = 'PROCESSING' AND t.jobAsJson LIKE '%' || w.id || '%'
              JOIN job j ON j.task_id::text = t.id
             WHERE w.pid = ? AND j.status = 'queued'
            """;

    private static final String STARTED_ELSEWHERE = """
            SELECT c.job_id, min(c.begun_at)
              FROM call c JOIN worker w ON w.id = c.worker_id
             WHERE c.job_id = ANY(?) AND w.pid <> ? AND c.begun_at > ?
             GROUP BY c.job_id
            """;

    private final Connection connection;

    private JdbcHeldJobs(Connection connection) {
        this.connection = connection;
    }

    static JdbcHeldJobs open(String url, String user, String password) {
        try {
            return new JdbcHeldJobs(DriverManager.getConnection(url, user, password));
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL does not let the bench in", e);
        }
    }

    Map<String, Hold> heldBy(long pid) {
        try (PreparedStatement statement = connection.prepareStatement(HELD)) {
            statement.setLong(1, pid);
            statement.setLong(2, pid);
            var held = new HashMap<String, Hold>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    held.put(rows.getString(1), Hold.valueOf(rows.getString(2)));
                }
            }
            return held;
        } catch (SQLException e) {
            throw untold(e);
        }
    }

    Map<String, Instant> startedElsewhere(Collection<String> jobs, long pid, Instant after) {
        try (PreparedStatement statement = connection.prepareStatement(STARTED_ELSEWHERE)) {
            UUID[] ids = jobs.stream().map(UUID::fromString).toArray(UUID[]::new);
            statement.setArray(1, connection.createArrayOf("uuid", ids));
            statement.setLong(2, pid);
            statement.setTimestamp(3, Timestamp.from(after));
            var starts = new HashMap<String, Instant>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    starts.put(rows.getString(1), rows.getTimestamp(2).toInstant());
                }
            }
            return starts;
        } catch (SQLException e) {
            throw untold(e);
        }
    }

    Instant now() {
        try (PreparedStatement statement = connection.prepareStatement("SELECT clock_timestamp()");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getTimestamp(1).toInstant();
        } catch (SQLException e) {
            throw untold(e);
        }
    }

    String postgresVersion() {
        try (PreparedStatement statement = connection.prepareStatement("SHOW server_version");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw untold(e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException _) {
            // the database is dropped next, and this connection with it
        }
    }

    private static IllegalStateException untold(SQLException e) {
        return new IllegalStateException("PostgreSQL does not tell what a worker holds", e);
    }
}
