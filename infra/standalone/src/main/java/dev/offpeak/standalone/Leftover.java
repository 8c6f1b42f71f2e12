package dev.offpeak.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Finds a server that an Offpeak which was killed left behind.
final class Leftover {
    private Leftover() {}

    /// The live process that a pid file names, if it is the server of this folder: numbers are used again, and a
    /// stranger must not be ended.
    ///
    /// @param home the server's folder, which is its working directory
    static Optional<ProcessHandle> of(Path pidFile, Path home) {
        return number(pidFile).flatMap(ProcessHandle::of).filter(process -> runsOn(process, home));
    }

    /// Whether a process is alive and the server of this folder; one that ended is not, even while nobody has asked for
    /// its exit code.
    static boolean runsOn(ProcessHandle process, Path home) {
        return process.isAlive() && worksIn(process, home);
    }

    /// Sends one signal after the other until the server is gone. Whoever it runs as, its pid and our signal reach it.
    ///
    /// @param patience for each signal
    /// @throws CannotStart when it outlives them all
    static void end(ProcessHandle process, Path home, Duration patience, List<String> signals) throws IOException {
        for (var signal : signals) {
            Program.run(List.of("kill", signal, Long.toString(process.pid())));
            if (Patience.until(patience, () -> !runsOn(process, home))) {
                return;
            }
        }
        throw new CannotStart("The server that still works on " + home + " does not end (process " + process.pid()
                + "): end it by hand, then start again.");
    }

    private static Optional<Long> number(Path pidFile) {
        try {
            return Files.readString(pidFile)
                    .lines()
                    .findFirst()
                    .map(String::strip)
                    .filter(line -> line.matches("\\d{1,10}"))
                    .map(Long::valueOf);
        } catch (IOException _) {
            return Optional.empty(); // there is none, or it went this moment
        }
    }

    private static boolean worksIn(ProcessHandle process, Path home) {
        try {
            return Files.isSameFile(Path.of("/proc", Long.toString(process.pid()), "cwd"), home);
        } catch (IOException _) {
            // No /proc (macOS), or no right to look into it: then by the command line.
            return process.info()
                    .commandLine()
                    .filter(line -> line.contains(home.toString()) || line.contains("redis-server 127.0.0.1"))
                    .isPresent();
        }
    }
}
