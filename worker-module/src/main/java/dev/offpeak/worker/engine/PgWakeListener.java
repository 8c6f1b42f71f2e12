package dev.offpeak.worker.engine;

import dev.offpeak.shared.queue.WakeBus;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears that something was enqueued, on a connection of its own that it opens again whenever it is lost.
final class PgWakeListener implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PgWakeListener.class);
    private static final Duration BEFORE_RECONNECT = Duration.ofSeconds(1);

    private final Connector connector;
    private final Runnable wake;
    private final Duration silence;
    private final InstantSource clock;
    private @Nullable Thread thread;
    private volatile @Nullable Connection connection;
    private volatile boolean closed;
    private boolean lost; // touched by the listening thread alone
    private volatile Hearing hearing;

    /// @param wake returns at once
    /// @param silence after which the connection is asked whether it lives
    PgWakeListener(Connector connector, Runnable wake, Duration silence, InstantSource clock) {
        this.connector = connector;
        this.wake = wake;
        this.silence = silence;
        this.clock = clock;
        this.hearing = new Hearing(false, clock.instant());
    }

    /// Whether signals are heard, and since when it is so.
    record Hearing(boolean listening, Instant since) {}

    Hearing hearing() {
        return hearing;
    }

    private void hears(boolean listening) {
        if (hearing.listening() != listening) {
            hearing = new Hearing(listening, clock.instant());
        }
    }

    void start() {
        thread = Thread.ofPlatform().daemon().name("offpeak-listen").start(this::run);
    }

    private void run() {
        while (!closed) {
            try (var opened = connector.open()) {
                connection = opened;
                listen(opened);
            } catch (SQLException e) {
                pauseAfter(e);
            }
        }
    }

    private void pauseAfter(SQLException e) {
        hears(false);
        if (closed) {
            return;
        }
        if (!lost) {
            log.atWarn()
                    .addKeyValue("sqlState", e.getSQLState())
                    .log("Lost the connection that hears of new tasks; until it is back, polls find them");
        }
        lost = true;
        LockSupport.parkNanos(BEFORE_RECONNECT.toNanos());
    }

    private void listen(Connection opened) throws SQLException {
        try (var statement = opened.createStatement()) {
            statement.execute("LISTEN " + WakeBus.CHANNEL);
            if (lost) {
                log.atInfo().log("Hears of new tasks again");
            }
            lost = false;
            hears(true);
            wake.run(); // whatever was committed while nobody listened
            var postgres = opened.unwrap(PGConnection.class);
            while (!closed) {
                var heard = postgres.getNotifications((int) silence.toMillis());
                if (heard != null && heard.length > 0) {
                    wake.run();
                } else {
                    statement.execute("SELECT 1"); // a socket whose other end is gone answers nothing else
                }
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        var opened = connection;
        if (opened != null) {
            try {
                opened.abort(Runnable::run);
            } catch (SQLException e) {
                log.atDebug().setCause(e).log("The connection was gone already");
            }
        }
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /// Opens a connection to the server itself: neither pooled nor through a pooler that shares sessions.
    @FunctionalInterface
    interface Connector {
        Connection open() throws SQLException;
    }
}
