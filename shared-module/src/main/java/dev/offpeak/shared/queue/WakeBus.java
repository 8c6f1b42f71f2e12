package dev.offpeak.shared.queue;

import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells all workers that something was enqueued. A signal is a hint: a lost one costs at most a poll interval.
///
/// It is sent on a connection of its own and at most once in ten milliseconds, because a transaction that carries a
/// NOTIFY takes a lock on the whole database when it commits.
public final class WakeBus implements AutoCloseable {

    /// The PostgreSQL channel that workers listen on.
    public static final String CHANNEL = "offpeak_wake";

    private static final Logger log = LoggerFactory.getLogger(WakeBus.class);
    private static final Duration WINDOW = Duration.ofMillis(10);

    private final DataSource dataSource;
    private final Debouncer debouncer = new Debouncer("offpeak-wake-sender", WINDOW, this::send);

    /// @param dataSource gives connections that commit each statement
    public WakeBus(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /// Returns at once; the signal follows within the window.
    public void signal() {
        debouncer.call();
    }

    private void send() {
        try (var connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            statement.execute("SELECT pg_notify('" + CHANNEL + "', '')");
        } catch (SQLException e) {
            log.atWarn()
                    .addKeyValue("sqlState", e.getSQLState())
                    .setCause(e)
                    .log("Could not signal the workers; they find the work at their next poll");
        }
    }

    @Override
    public void close() {
        debouncer.close();
    }
}
