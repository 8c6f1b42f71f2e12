package dev.offpeak.worker.maintenance;

import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which worker does what one is enough for: the one whose connection holds the lock. A leader whose connection
/// breaks may overlap with its successor for a moment; what it does must bear that.
final class Leadership implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Leadership.class);

    /// Any number, as long as nobody else locks it: "offpeak" and one.
    private static final long LOCK = 0x6f66_6670_6561_6b01L;

    private static final int PATIENCE_MILLIS = 2_000;

    /// A leader that asks nothing for so long was stopped or cut off: the server ends its session, and its lead with it.
    /// Some chore asks every second, and a dead worker is waited for longer than this.
    private static final int SILENCE_MILLIS = 5_000;

    private final DataSource dataSource;
    private @Nullable Connection holding;

    Leadership(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /// Asks the database every time, and takes the lock where it is free.
    synchronized boolean held() {
        if (Failpoints.on(Failpoint.LEADERSHIP_SHARED)) {
            return true;
        }
        try {
            if (holding != null) {
                return ask(holding, "SELECT true");
            }
            return take();
        } catch (SQLException e) {
            log.atDebug().setCause(e).log("Leadership is lost or cannot be had");
            release();
            return false;
        }
    }

    private boolean take() throws SQLException {
        var connection = dataSource.getConnection();
        boolean taken = false;
        try {
            taken = ask(connection, "SELECT pg_try_advisory_lock(" + LOCK + ")");
        } finally {
            if (!taken) {
                connection.close();
            }
        }
        if (taken) {
            ask(connection, "SELECT set_config('idle_session_timeout', '" + SILENCE_MILLIS + "', false) IS NOT NULL");
        }
        holding = taken ? connection : null;
        return taken;
    }

    /// A connection whose other end is gone must not hold up those who ask. The pool sets its own limit again.
    private static boolean ask(Connection connection, String question) throws SQLException {
        connection.setNetworkTimeout(Runnable::run, PATIENCE_MILLIS);
        try (var statement = connection.createStatement();
                var answer = statement.executeQuery(question)) {
            return answer.next() && answer.getBoolean(1);
        }
    }

    private void release() {
        var connection = holding;
        holding = null;
        if (connection == null) {
            return;
        }
        try (connection) {
            ask(connection, "SELECT pg_advisory_unlock(" + LOCK + ")"); // the pool keeps the session
            ask(connection, "SELECT set_config('idle_session_timeout', '0', false) IS NOT NULL");
        } catch (SQLException e) {
            log.atDebug().setCause(e).log("The lock ended with its connection");
        }
    }

    @Override
    public synchronized void close() {
        release();
    }
}
