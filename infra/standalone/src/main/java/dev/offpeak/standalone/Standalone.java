package dev.offpeak.standalone;

import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.LoggingSystem;

/// Everything in one process: `java -jar offpeak.jar`.
///
/// A start that cannot be goes no further than it has to: the folder is taken and the ports are looked at before
/// anything is started, and the reason is one sentence.
public final class Standalone {
    private static final Logger LOG = LoggerFactory.getLogger(Standalone.class);

    private final Terminal terminal;
    private final Shutdown shutdown;

    private Standalone(Terminal terminal, Shutdown shutdown) {
        this.terminal = terminal;
        this.shutdown = shutdown;
    }

    /// Runs until it is told to stop; takes no arguments, reads the `OFFPEAK_` variables.
    public static void main(String[] args) throws InterruptedException {
        // Until a context sets it up, logging would print every detail.
        LoggingSystem.get(Standalone.class.getClassLoader()).beforeInitialize();
        var terminal = Terminal.ofThisProcess();
        try {
            new Standalone(terminal, Shutdown.atTheEndOfThisProcess()).start();
        } catch (CannotStart e) {
            terminal.refuse(e.sentence());
            System.exit(1);
        } catch (RuntimeException e) { // a bug of ours; what already runs must not run on without the rest
            LOG.atError().setCause(e).log("Offpeak did not start; everything that already ran is stopped");
            terminal.refuse("the start failed: " + e);
            System.exit(1);
        }
        new CountDownLatch(1).await(); // the shutdown hook ends us
    }

    private void start() {
        var settings = StandaloneSettings.from(System.getenv());
        var folder = shutdown.closes(DataFolder.lock(settings.dataDir()));
        Ports.requireFree(settings.ports());
        var keys = new Keys(folder.apiKey(settings.bootstrapKey()), folder.secretKey(settings.secretKey()));
        terminal.say("Offpeak starts on " + folder.path() + " ...");
        var servers = shutdown.closes(Servers.start(folder, settings));
        shutdown.closes(Contexts.start(settings, servers, keys));
        terminal.say(StartUpLines.of(settings, servers, folder));
    }
}
