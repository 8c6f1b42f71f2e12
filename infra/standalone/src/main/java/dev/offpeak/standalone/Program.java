package dev.offpeak.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A program run to its end.
///
/// @param output what it wrote, both streams
record Program(int exitCode, String output) {
    private static final long PATIENCE_SECONDS = 120;

    /// Runs a program with a bare environment: our keys are nobody else's business.
    ///
    /// @throws IOException when it is not there, or does not end within two minutes
    static Program run(List<String> command) throws IOException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        var path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
        builder.environment().clear();
        builder.environment().put("PATH", path);
        builder.environment().put("LC_ALL", "C");
        var process = builder.start();
        process.getOutputStream().close();
        try (var output = process.getInputStream()) {
            var text = new String(output.readAllBytes(), UTF_8);
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command.getFirst() + " does not end");
            }
            return new Program(process.exitValue(), text);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while " + command.getFirst() + " ran", e);
        }
    }

    /// Whether a program is there and ends well.
    static boolean works(String... command) {
        try {
            return run(List.of(command)).succeeded();
        } catch (IOException _) {
            return false;
        }
    }

    boolean succeeded() {
        return exitCode == 0;
    }
}
