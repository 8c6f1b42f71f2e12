package dev.offpeak.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/// Our own PostgreSQL: its data under the data folder, on the loopback only, and as careful with every commit as a
/// production server (`fsync`, `synchronous_commit`, `full_page_writes`). It runs in a session of its own, so that a
/// Ctrl-C in the terminal reaches us and not it, and outlives us if we are killed; the next start ends it first.
final class PostgresServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);
    /// Role and database.
    private static final String NAME = "offpeak";

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final PostgresBinaries binaries;
    private final ServerIdentity identity;
    private final Path home;
    private final Path log;

    private PostgresServer(PostgresBinaries binaries, ServerIdentity identity, Path home, Path log) {
        this.binaries = binaries;
        this.identity = identity;
        this.home = home;
        this.log = log;
    }

    /// A running server.
    record Running(PostgresServer server, PostgresAccess access) {}

    /// Makes the database on the first start, ends what a killed Offpeak left behind, and starts.
    ///
    /// @throws CannotStart with PostgreSQL's own words when it does not come up
    static Running start(DataFolder folder, ServerIdentity identity) {
        try {
            var binaries = PostgresBinaries.unpackedIn(
                    Files.createDirectories(folder.path().resolve("binaries")));
            var logs = Files.createDirectories(folder.path().resolve("logs"));
            var server = new PostgresServer(
                    binaries, identity, folder.path().resolve("postgres"), logs.resolve("postgres.log"));
            server.letTheServerIn(folder.path());
            if (!Files.exists(server.home)) {
                server.create(folder);
            }
            server.end();
            identity.own(server.home);
            var port = Ports.remembered(folder.path().resolve("postgres.port"));
            server.launch(port);
            var access = new PostgresAccess(
                    "jdbc:postgresql://127.0.0.1:" + port + "/" + NAME, NAME, folder.serversPassword());
            server.createDatabase(port, folder.serversPassword());
            return new Running(server, access);
        } catch (IOException e) {
            throw new CannotStart("The embedded PostgreSQL does not start (" + e + ").", e);
        }
    }

    /// Ends the server: open transactions are rolled back, everything committed is on disk.
    @Override
    public void close() {
        try {
            end();
        } catch (IOException | CannotStart e) {
            LOG.atWarn()
                    .addKeyValue("folder", home)
                    .setCause(e)
                    .log("PostgreSQL did not stop; the next start on this folder ends it");
        }
    }

    // Another identity than ours must reach what lies in our folder; what is secret in it has its own mode.
    private void letTheServerIn(Path folder) throws IOException {
        if (identity.equals(ServerIdentity.AS_NOBODY)) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        }
    }

    private void create(DataFolder folder) throws IOException {
        var fresh = home.resolveSibling("postgres.new"); // so that one killed while creating leaves no half
        FileSystemUtils.deleteRecursively(fresh);
        Files.createDirectory(
                fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        identity.own(fresh);
        var password = home.resolveSibling("postgres-password.new");
        DataFolder.writePrivately(password, folder.serversPassword());
        identity.own(password);
        run(List.of(
                binaries.program("initdb"),
                "--pgdata=" + fresh,
                "--username=" + NAME,
                "--auth=scram-sha-256",
                "--pwfile=" + password,
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions"));
        Files.delete(password);
        Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
    }

    /// Ends the server of this folder, if one runs: the one we started, or one that a killed Offpeak left behind.
    ///
    /// @throws CannotStart when it does not end: a second one on the same data would destroy them
    private void end() throws IOException {
        var pidFile = home.resolve("postmaster.pid");
        var running = Leftover.of(pidFile, home);
        if (running.isPresent()) {
            // Fast: open transactions are rolled back. Then at once: the next start replays its log.
            Leftover.end(running.get(), home, PATIENCE, List.of("-INT", "-QUIT"));
        }
        // Its number may be a stranger's by now, and PostgreSQL refuses to start beside that.
        Files.deleteIfExists(pidFile);
    }

    private void launch(int port) throws IOException {
        if (Files.exists(log)) {
            Files.move(log, log.resolveSibling("postgres.before.log"), StandardCopyOption.REPLACE_EXISTING);
        }
        Files.createFile(log);
        identity.own(log);
        var settings = List.of(
                "listen_addresses=127.0.0.1",
                "port=" + port,
                "unix_socket_directories=",
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                "shared_buffers=256MB",
                "max_wal_size=2GB", // fewer checkpoints, and with them fewer whole pages in the log
                "checkpoint_timeout=15min",
                "jit=off", // our statements are short; compiling them costs more than it saves
                "max_connections=200",
                "timezone=UTC",
                "log_timezone=UTC",
                "log_checkpoints=off");
        var options = new ArrayList<String>();
        settings.forEach(setting -> options.add("-c " + setting));
        var start = Program.run(identity.command(List.of(
                binaries.program("pg_ctl"),
                "start",
                "--wait",
                "--timeout=" + PATIENCE.toSeconds(),
                "--pgdata=" + home,
                "--log=" + log,
                "--options=" + String.join(" ", options))));
        if (!start.succeeded()) {
            throw new CannotStart("The embedded PostgreSQL does not start (" + lastWords() + "): see " + log + ".");
        }
    }

    private void createDatabase(int port, String password) throws IOException {
        var url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
        try (var connection = DriverManager.getConnection(url, NAME, password);
                var statement = connection.createStatement();
                var found = statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + NAME + "'")) {
            if (!found.next()) {
                statement.execute("CREATE DATABASE " + NAME);
            }
        } catch (SQLException e) {
            end();
            throw new CannotStart("The embedded PostgreSQL lets us not in (" + e.getMessage() + ").", e);
        }
    }

    private void run(List<String> command) throws IOException {
        var done = Program.run(identity.command(command));
        if (!done.succeeded()) {
            throw new IOException(Path.of(command.getFirst()).getFileName() + " says: "
                    + done.output().strip());
        }
    }

    private String lastWords() throws IOException {
        return Files.readAllLines(log).stream()
                .filter(line -> line.contains("FATAL"))
                .reduce((_, last) -> last)
                .orElse("it gives no reason");
    }
}
