package dev.offpeak.standalone;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one shutdown hook of this process: what was started last is closed first, so contexts end before the servers
/// that they write to, and the folder is let go at the very end. The JVM runs several hooks side by side, so nothing
/// else in this process may register one.
final class Shutdown {
    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private boolean over;

    /// On SIGTERM, Ctrl-C and `System.exit`.
    static Shutdown atTheEndOfThisProcess() {
        var shutdown = new Shutdown();
        Runtime.getRuntime().addShutdownHook(new Thread(shutdown::closeAll, "shutdown"));
        return shutdown;
    }

    /// Remembers something to close. If the end has come while it was being started, it is closed at once.
    synchronized <T extends AutoCloseable> T closes(T resource) {
        if (over) {
            close(resource);
        } else {
            started.push(resource);
        }
        return resource;
    }

    synchronized void closeAll() {
        over = true;
        while (!started.isEmpty()) {
            close(started.pop());
        }
    }

    private static void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) { // whatever it is, the others still have to be closed
            LOG.atWarn()
                    .addKeyValue("what", resource.getClass().getSimpleName())
                    .setCause(e)
                    .log("A part did not close well; the others are closed all the same");
        }
    }
}
