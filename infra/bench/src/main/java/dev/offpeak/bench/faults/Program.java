package dev.offpeak.bench.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program run to its end.
///
/// @param output what it wrote, both streams
record Program(int exitCode, String output) {

    private static final long PATIENCE_SECONDS = 120;

    static Program run(List<String> command) throws IOException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        try (var output = process.getInputStream()) {
            var text = new String(output.readAllBytes(), UTF_8);
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command.getFirst() + " does not end");
            }
            return new Program(process.exitValue(), text.strip());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while " + command.getFirst() + " ran", e);
        }
    }

    /// The shell has a kill of its own; the program of that name is not everywhere.
    ///
    /// @param signal such as STOP
    /// @throws IOException where it was not sent
    static void signal(String signal, long pid) throws IOException {
        var sent = run(List.of("sh", "-c", "kill -" + signal + " " + pid));
        if (sent.exitCode() != 0) {
            throw new IOException("SIG" + signal + " was not sent: " + sent.output());
        }
    }

    static boolean works(List<String> command) {
        try {
            return run(command).exitCode() == 0;
        } catch (IOException _) {
            return false;
        }
    }
}
