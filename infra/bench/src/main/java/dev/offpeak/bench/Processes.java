package dev.offpeak.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Programs that a command line names; the bench ends only those that it started.
final class Processes {

    private Processes() {}

    static Process start(String command, Path log) throws IOException {
        return start(command, log, Map.of());
    }

    static Process start(String command, Path log, Map<String, String> environment) throws IOException {
        var builder = new ProcessBuilder("sh", "-c", "exec " + command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /// Asks it to end, and after half a minute makes it.
    static void stop(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }
}
