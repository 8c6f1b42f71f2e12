package dev.offpeak.bench.faults;

import dev.offpeak.bench.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL of the run's own, as careful with every commit as a production server. Offpeak comes as an ordinary
/// role, the harness as a superuser: for that one a connection is left when Offpeak's are used up.
final class Postgres implements AutoCloseable {

    /// Offpeak's role and database.
    static final String NAME = "offpeak";

    /// Small enough to be used up in a moment, and more than the members need together.
    static final int MOST_CONNECTIONS = 150;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final PostgresBinaries binaries;
    private final ServerIdentity identity;
    private final Path data;
    private final Path log;
    private final int port;
    private @Nullable Process process;

    private Postgres(PostgresBinaries binaries, ServerIdentity identity, Path data, Path log, int port) {
        this.binaries = binaries;
        this.identity = identity;
        this.data = data;
        this.log = log;
        this.port = port;
    }

    /// Not yet running.
    static Postgres create(Path folder, Path log, int port) throws IOException {
        var identity = ServerIdentity.ofThisMachine();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x")); // it must get through
        var binaries = PostgresBinaries.unpackedIn(folder.resolve("postgres-binaries"));
        var data = Files.createDirectory(
                folder.resolve("postgres"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        identity.own(data);
        var made = Program.run(identity.command(
                binaries.program("initdb"),
                "--pgdata=" + data,
                "--username=postgres",
                "--auth=trust", // only this machine reaches it, and only for minutes
                "--encoding=UTF8",
                "--locale=C",
                "--no-instructions"));
        if (made.exitCode() != 0) {
            throw new IOException("initdb says: " + made.output());
        }
        return new Postgres(binaries, identity, data, log, port);
    }

    /// As Offpeak is told it.
    String url() {
        return "postgres://" + NAME + "@127.0.0.1:" + port + "/" + NAME;
    }

    synchronized void start() throws IOException {
        var command = new ArrayList<>(identity.command(binaries.program("postgres"), "-D", data.toString()));
        for (String setting : List.of(
                "listen_addresses=127.0.0.1",
                "port=" + port,
                "unix_socket_directories=",
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                "shared_buffers=128MB",
                "jit=off",
                "max_connections=" + MOST_CONNECTIONS,
                "timezone=UTC",
                "log_timezone=UTC",
                "log_line_prefix=%m [%p] %a ")) {
            command.addAll(List.of("-c", setting));
        }
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        if (!Waiting.until(this::answers, PATIENCE, Duration.ofMillis(50))) {
            throw new IOException("PostgreSQL does not come up: see " + log);
        }
    }

    void createDatabase() throws SQLException {
        try (var connection = connect("postgres", "postgres", "bench-setup");
                var statement = connection.createStatement()) {
            statement.execute("CREATE ROLE " + NAME + " LOGIN");
            statement.execute("CREATE DATABASE " + NAME + " OWNER " + NAME);
        }
    }

    /// The server's signals for its ways to end.
    enum End {
        /// As in a crash: the next start replays its log.
        IMMEDIATE("QUIT"),
        /// Open transactions are rolled back, connections cut.
        FAST("INT");

        private final String signal;

        End(String signal) {
            this.signal = signal;
        }
    }

    synchronized void stop(End end) throws IOException {
        var running = process;
        if (running == null || !running.isAlive()) {
            return;
        }
        Program.signal(end.signal, running.pid());
        try {
            if (!running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                running.destroyForcibly().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            running.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /// As superuser, to Offpeak's database.
    Connection connect() throws SQLException {
        return connect("postgres", NAME, "bench-faults");
    }

    /// Like one more process of Offpeak's.
    Connection connectAsOffpeak() throws SQLException {
        return connect(NAME, NAME, "bench-hog");
    }

    boolean isAlive() {
        var running = process;
        return running != null && running.isAlive();
    }

    /// @param listening of those that hear of new tasks
    record Terminated(int all, int listening) {}

    /// Ends the connections of Offpeak's processes.
    Terminated terminateBackends() throws SQLException {
        try (var connection = connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery("""
                        SELECT count(*) FILTER (WHERE ended) AS all_ended,
                               count(*) FILTER (WHERE ended AND application_name = 'offpeak-listen') AS listening
                          FROM (SELECT application_name, pg_terminate_backend(pid) AS ended FROM pg_stat_activity
                                 WHERE usename = 'offpeak' AND application_name <> 'bench-hog') backend
                        """)) {
            row.next();
            return new Terminated(row.getInt("all_ended"), row.getInt("listening"));
        }
    }

    @Override
    public void close() {
        try {
            stop(End.IMMEDIATE);
        } catch (IOException _) {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }

    private Connection connect(String user, String database, String name) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=" + user
                + "&ApplicationName=" + name + "&connectTimeout=5&socketTimeout=120");
    }

    private boolean answers() {
        try (var connection = connect("postgres", "postgres", "bench-setup")) {
            return connection.isValid(1);
        } catch (SQLException _) {
            return false;
        }
    }
}
