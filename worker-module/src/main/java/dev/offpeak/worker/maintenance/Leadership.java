package dev.offpeak.worker.maintenance;

import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
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

    /// A leader that asks nothing for so long was stopped or cut off: the server ends its session, its lead with it.
    /// Some chore asks every second, and a dead worker is waited for longer than this.
    private static final int SILENCE_MILLIS = 5_000;

    private final DataSource dataSource;
    private final ReentrantLock asking = new ReentrantLock();
    private @Nullable Connection holding; // only under the lock

    Leadership(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /// Asks the database every time, and takes the lock where it is free.
    boolean held() {
        if (Failpoints.on(Failpoint.LEADERSHIP_SHARED)) {
            return true;
        }
        asking.lock();
        try {
            return holding == null ? take() : ask(holding, "SELECT true");
        } catch (SQLException e) {
            log.atDebug().setCause(e).log("Leadership is lost or cannot be had");
            release();
            return false;
        } finally {
            asking.unlock();
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
        holding = taken ? connection : null;
        if (taken) {
            ask(connection, "SELECT set_config('idle_session_timeout', '" + SILENCE_MILLIS + "', false) IS NOT NULL");
        }
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

    /// Back to what the operator set.
    private static void reset(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("RESET idle_session_timeout");
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
            reset(connection);
        } catch (SQLException e) {
            log.atDebug().setCause(e).log("The lock ended with its connection");
        }
    }

    /// Waits for nobody who waits for the database: then the lead ends with the process.
    @Override
    public void close() {
        boolean alone = false;
        try {
            alone = asking.tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            if (alone) {
                release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (alone) {
                asking.unlock();
            }
        }
    }
}
