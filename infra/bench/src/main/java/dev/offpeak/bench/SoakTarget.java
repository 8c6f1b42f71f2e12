package dev.offpeak.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The processes whose heap a soak watches, and their PostgreSQL. A running standalone tells both in its data folder.
record SoakTarget(List<Long> pids, String url, String user, String password) {

    // Standalone's role and database.
    private static final String STANDALONE = "offpeak";

    /// Takes `--data-folder`, or `--pid` (parted by commas) and `--postgres`.
    static SoakTarget from(Arguments arguments) {
        String folder = arguments.find("data-folder");
        String pids = arguments.find("pid");
        String postgres = arguments.find("postgres");
        String user = arguments.find("postgres-user");
        String password = arguments.find("postgres-password");
        if (folder == null && (pids == null || postgres == null)) {
            throw new UsageError("name standalone's --data-folder, or --pid and --postgres");
        }
        return new SoakTarget(
                numbers(pids == null ? told(folder, "lock") : pids),
                Loopback.requireJdbc(
                        postgres == null
                                ? "jdbc:postgresql://127.0.0.1:" + told(folder, "postgres.port") + "/" + STANDALONE
                                : postgres),
                user == null ? (postgres == null ? STANDALONE : "postgres") : user,
                password == null ? (postgres == null ? told(folder, "servers-password") : "") : password);
    }

    private static List<Long> numbers(String text) {
        try {
            return Stream.of(text.split(",", -1))
                    .map(String::strip)
                    .map(Long::valueOf)
                    .toList();
        } catch (NumberFormatException _) {
            throw new UsageError("--pid is one process number or several, parted by commas, not '" + text + "'");
        }
    }

    private static String told(@Nullable String folder, String file) {
        try {
            return Files.readString(Path.of(String.valueOf(folder), file)).strip();
        } catch (IOException _) {
            throw new UsageError("--data-folder " + folder + " has no readable file " + file + "; does Offpeak run?");
        }
    }
}
