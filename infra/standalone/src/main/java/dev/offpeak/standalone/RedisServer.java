package dev.offpeak.standalone;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.embedded.core.ExecutableProvider;
import redis.embedded.model.OsArchitecture;

/// Our own Redis, on the loopback only. What it holds may be lost; a snapshot now and then and at the end keeps answers
/// warm over a restart. Like PostgreSQL it runs in a session of its own and is ended by the next start if we are
/// killed.
final class RedisServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisServer.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int PING_MILLIS = 1_000;

    private final Path home;

    private RedisServer(Path home) {
        this.home = home;
    }

    /// A running server.
    ///
    /// @param url with the password in it
    record Running(RedisServer server, String url) {}

    /// Ends what a killed Offpeak left behind, and starts.
    ///
    /// @throws CannotStart when it does not come up
    static Running start(DataFolder folder) {
        try {
            var home = Files.createDirectories(folder.path().resolve("redis"));
            Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------")); // answers are in there
            var logs = Files.createDirectories(folder.path().resolve("logs"));
            var program = program(Files.createDirectories(folder.path().resolve("binaries")));
            var server = new RedisServer(home);
            server.end();
            var port = Ports.remembered(folder.path().resolve("redis.port"));
            var settings = server.writeSettings(port, folder.serversPassword(), logs.resolve("redis.log"));
            var launched = Program.run(List.of(program, settings.toString()));
            if (!launched.succeeded()) {
                throw new CannotStart("The embedded Redis does not start ("
                        + launched.output().strip() + ").");
            }
            var password = folder.serversPassword();
            if (!Patience.until(PATIENCE, () -> answers(port, password))) {
                server.end();
                throw new CannotStart("The embedded Redis does not answer: see " + logs.resolve("redis.log") + ".");
            }
            return new Running(server, "redis://:" + folder.serversPassword() + "@127.0.0.1:" + port);
        } catch (IOException e) {
            throw new CannotStart("The embedded Redis does not start (" + e + ").", e);
        }
    }

    @Override
    public void close() {
        try {
            end();
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("folder", home)
                    .setCause(e)
                    .log("Redis did not stop; the next start on this folder ends it");
        }
    }

    private Path writeSettings(int port, String password, Path log) throws IOException {
        var file = home.resolve("redis.conf");
        DataFolder.writePrivately(file, """
                bind 127.0.0.1
                port %d
                requirepass %s
                daemonize yes
                dir "%s"
                pidfile "%s"
                logfile "%s"
                maxmemory 256mb
                # Answers go first when it is full; what must stay, such as a permit, has no expiry.
                maxmemory-policy volatile-lfu
                appendonly no
                save 300 1
                # A full disk costs the snapshot, not the writes.
                stop-writes-on-bgsave-error no
                """.formatted(port, password, home, pidFile(), log));
        return file;
    }

    private Path pidFile() {
        return home.resolve("redis.pid");
    }

    /// Ends the server of this folder, if one runs.
    private void end() throws IOException {
        var running = Leftover.of(pidFile(), home);
        if (running.isPresent()) {
            var process = running.get();
            process.destroy(); // SIGTERM: it saves and goes
            if (!Patience.until(PATIENCE, () -> !Leftover.runsOn(process, home))) {
                process.destroyForcibly();
                Patience.until(PATIENCE, () -> !Leftover.runsOn(process, home));
            }
        }
        Files.deleteIfExists(pidFile());
    }

    private static String program(Path binaries) throws IOException {
        var carried = ExecutableProvider.newJarResourceProvider(binaries.toFile());
        var first = carried.get().toString();
        if (Program.works(first, "--version")) {
            return first;
        }
        // The one for old x86 is linked statically, so it runs where the other misses OpenSSL 3.
        var linkedStatically = ExecutableProvider.newProvidedVersionsMap().get(OsArchitecture.UNIX_x86);
        var second = ExecutableProvider.newJarResourceProvider(
                        binaries::toFile, Map.of(OsArchitecture.detectOSandArchitecture(), linkedStatically))
                .get()
                .toString();
        if (Program.works(second, "--version")) {
            return second;
        }
        throw new CannotStart("The built-in Redis does not run on this machine: install OpenSSL 3 (libssl3),"
                + " or name a Redis with OFFPEAK_REDIS_URL.");
    }

    private static boolean answers(int port, String password) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PING_MILLIS);
            socket.setSoTimeout(PING_MILLIS);
            socket.getOutputStream().write(("AUTH " + password + "\r\nPING\r\nQUIT\r\n").getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII).contains("+PONG");
        } catch (IOException _) {
            return false;
        }
    }
}
