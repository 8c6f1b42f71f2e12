package dev.offpeak.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Finds a server that an Offpeak which was killed left behind.
final class Leftover {
    private Leftover() {}

    /// The live process that a pid file names, if it is the server of this folder: numbers are used again, and a
    /// stranger must not be ended.
    ///
    /// @param home the server's folder, which is its working directory
    static Optional<ProcessHandle> of(Path pidFile, Path home) throws IOException {
        if (!Files.exists(pidFile)) {
            return Optional.empty();
        }
        var firstLine = Files.readString(pidFile).lines().findFirst().orElse("").strip();
        if (!firstLine.matches("\\d{1,10}")) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(firstLine))
                .filter(ProcessHandle::isAlive)
                .filter(process -> worksIn(process, home));
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
